"""Every error's sentence, and every reason's, in English: what happened, why, and what to do next.

One table, so that a translator, a test and a person who searches for a message all look in one place. A code is what
`TasukiError` carries; the names in braces are its facts. Translations live in `locale/`.
"""

from common.protocol.reasons import Why


def marked(text: str) -> str:
    """Mark `text` for the catalogue without looking it up yet."""
    return text


SENTENCES: dict[str, str] = {
    # settings and files
    "settings_unreadable": marked("The settings file {path} cannot be read ({detail}). Check that it exists and that you may read it."),
    "settings_syntax": marked("The settings file {path} is not valid TOML: {detail}. Correct that line and start again."),
    "settings_unknown_key": marked("The settings file {path} has a key that Tasuki does not know: {key}. Did you mean {nearest}?"),
    "settings_unknown_key_alone": marked("The settings file {path} has a key that Tasuki does not know: {key}. Remove it and start again."),
    "settings_invalid": marked("The settings file {path} has a wrong value at {key}: {detail}. Correct it and start again."),
    "folder_in_use": marked("The folder {folder} is used by another Tasuki program. End that one first, or choose another folder."),
    "folder_not_private": marked("The folder {folder} belongs to somebody else. Choose a folder of your own."),
    "folder_unusable": marked("The folder {folder} cannot be used ({detail}). Check that it exists and that you may write there."),
    # reaching the relay
    "relay_name_unknown": marked("The relay's name {host} could not be found. Check that this computer is connected to the network."),
    "relay_unreachable": marked("The relay at {address} cannot be reached ({detail}). Check the network, and ask your operator whether the relay is running."),
    "proxy_name_unknown": marked("The name of the proxy {proxy} could not be found. Check the proxy setting of this computer."),
    "proxy_unreachable": marked("The proxy {proxy} cannot be reached ({detail}). Check the proxy setting of this computer."),
    "proxy_wants_password": marked("The proxy {proxy} wants a user name and a password. Put them into the proxy's address (http://name:password@host:port) and try again."),
    "proxy_password_wrong": marked("The proxy {proxy} did not accept the user name and password. Correct them and try again."),
    "proxy_refused": marked("The proxy {proxy} did not open the way to the relay at {address} ({detail}). Ask who runs the proxy to allow it."),
    "relay_tls_failed": marked("The connection to the relay at {address} could not be secured ({detail}). Something on the way may be changing it; tell your operator."),
    "relay_http_failed": marked("The relay at {address} answered with HTTP status {status} instead of opening the connection. Something on the way may be changing it; tell your operator."),
    "relay_not_ours": marked("What answers at {address} is not the relay of your organisation. Nothing was sent to it. Tell your operator."),
    "relay_refused": marked("The relay does not accept this program ({detail}). Ask your operator."),
    "relay_lost": marked("The connection to the relay at {address} was lost. Tasuki tries again by itself."),
    "clock_wrong": marked("The clock of this computer is wrong by {difference}. Set the time and try again."),
    # enrolment and identity
    "not_enrolled": marked("This computer is not enrolled yet. Run the enrol command with the line that your operator gave you."),
    "already_enrolled": marked("This computer is already enrolled with {organisation}. To replace that, run the command again with --replace."),
    "enrolment_line_wrong": marked("This is not a complete enrolment line. Copy the whole line that your operator gave you; it begins with tasuki-enrol."),
    "enrolment_code_used": marked("This enrolment line was used already. Ask your operator for a new one."),
    "enrolment_code_expired": marked("This enrolment line has expired. Ask your operator for a new one."),
    "enrolment_code_unknown": marked("The relay does not know this enrolment line. Check that the whole line was copied, or ask your operator for a new one."),
    "enrolment_wrong_role": marked("This enrolment line is for a {role}. Use the other Tasuki program, or ask your operator for a new line."),
    "certificate_expired": marked("The certificate of this computer has expired and could not be renewed. Ask your operator for a new enrolment line."),
    "certificate_revoked": marked("The certificate of this computer was revoked. Ask your operator."),
    "account_disabled": marked("This account was disabled by the operator. Ask your operator."),
    # the certificate authority
    "ca_exists": marked("There is a certificate authority in {folder} already. Choose another folder; two can never share one."),
    "ca_not_initialised": marked("There is no certificate authority in {folder}. Check the folder, or make one with tasuki-ca init."),
    "ca_bad_organisation": marked("{name} cannot be the organisation's name. Use 1 to 63 letters, digits, dots, dashes or underscores."),
    "ca_bad_host": marked("{host} is not an address that agents can use for the relay. Give HOST or HOST:PORT."),
    "ca_key_unusable": marked("The certificate authority's key in {folder} cannot be used ({detail}). Put the folder back from a backup."),
    "ca_record_damaged": marked("The record {path} is damaged ({detail}). Put that file back from a backup."),
    "ca_mailbox": marked("The mailbox {folder} between relay and certificate authority cannot be used. Check that both may read and write there and that tasuki-ca serve has run."),
    "name_wrong": marked("The name {name} cannot be used: {detail}. Write it as people read it and try again."),
    "name_too_long": marked("The name {name} is too long for a certificate ({limit} bytes of UTF-8 at most). Choose a shorter one."),
    "name_taken": marked("The name {name} belongs to account {account}. Choose another name; for one more computer of the same person give that account."),
    "account_wrong": marked("{account} is not an account. An account is a UUID in lower-case letters."),
    "revoke_unknown": marked("There is no certificate, account or person called {what}. Look at tasuki-ca list and try again."),
    # asking for help
    "helper_unknown": marked("There is no helper named {name} at the moment. Look at the list of helpers and choose again."),
    "group_unknown": marked("There is no group named {name}. Look at the list of helpers and choose again."),
    "name_differs": marked("You chose {chosen}, but the certificate says {found}. The session was not opened. Tell your operator."),
    "helper_gone": marked("{name} is no longer there. Ask again, or choose another helper."),
    "no_screen": marked("There is no screen to show: DISPLAY is not set. Start Tasuki from your desktop."),
    "no_vnc_server": marked("No VNC server was found on this computer. Install x11vnc or TigerVNC's x0vncserver, or name a running one with --server."),
    "vnc_server_failed": marked("The VNC server {program} did not start ({detail}). Try again, or name a running one with --server."),
    "no_viewer": marked("The viewer {name} is not installed. Install it, or choose the built-in one."),
    "viewer_failed": marked("The viewer {program} did not start ({detail}). Choose another one and open it again."),
    "keeper_failed": marked("A part of Tasuki that watches over other programs could not be used ({detail}). Start Tasuki again."),
    "program_failed": marked("The program {program} could not be started ({detail}). Check that it is installed."),
    "screen_is_wayland": marked("This desktop runs on Wayland, which VNC servers for X cannot show. Log out, choose a session on X11 (Xorg) at the login screen, and ask again."),
    "screen_closed": marked("The screen could not be opened: the X server refused, or is not there. Start Tasuki from your desktop."),
    "vnc_server_ended": marked("The VNC server {program} has ended ({detail}). Ask again, or name a running one with --server."),
    "vnc_server_unknown": marked("Tasuki does not know a VNC server named {name}. It knows: {names}."),
    "vnc_server_not_here": marked("The VNC server {name} is not installed on this computer. Install it, or leave the choice to Tasuki."),
    "server_not_ours": marked("Another program listens in the place of the VNC server {program} that Tasuki started, so nothing was shown to it. Find out which program that is, and ask again."),
    "server_address_wrong": marked("{address} is not an address of a VNC server. Write HOST:PORT, such as 127.0.0.1:5900."),
    "server_unreachable": marked("The VNC server at {address} cannot be reached ({detail}). Check that it is running and that the address is right."),
    "password_file_unreadable": marked("The password file {path} cannot be read ({detail}). Check that it exists and that you may read it."),
    "screen_sharing_refused": marked("Screen Sharing was not switched on, because the administrator's password was not given. Ask again and type it."),
    "viewer_unknown": marked("Tasuki does not know a viewer named {name}. It knows: {names}."),
}  # fmt: skip

REASONS: dict[Why, str] = {
    Why.USER_ENDED: marked("The user ended it."),
    Why.HELPER_ENDED: marked("The helper ended it."),
    Why.OPERATOR_ENDED: marked("The operator ended it."),
    Why.CANCELLED: marked("The request was withdrawn."),
    Why.DECLINED: marked("The helper cannot take the request now. Ask somebody else."),
    Why.TRANSFERRED: marked("The request was passed on to another helper."),
    Why.TAKEN: marked("Another helper has taken the request."),
    Why.REPLACED: marked("A newer one took its place."),
    Why.EXPIRED: marked("Nobody took the request in time. Ask again."),
    Why.GRANT_EXPIRED: marked("The session could not be opened in time. Ask again."),
    Why.NO_ANSWER: marked("The user did not answer in time."),
    Why.SILENT: marked("Nothing was heard from the other side for too long. Ask again."),
    Why.NEVER_JOINED: marked("The other side did not come. Ask again."),
    Why.USER_GONE: marked("The user is no longer connected."),
    Why.HELPER_GONE: marked("The helper is no longer connected. Ask again."),
    Why.CUT: marked("The connection was cut. Ask again."),
    Why.RELAY_RESTARTED: marked("The relay was started anew. Ask again."),
    Why.RELAY_STOPPED: marked("The relay was stopped. Ask again later."),
    Why.SERVER_GONE: marked("The VNC server on the user's computer ended. Ask again."),
    Why.VIEWER_GONE: marked("The viewer on the helper's computer ended."),
    Why.REFUSED: marked("The user did not allow this helper."),
    Why.WRONG_PEER: marked("The certificate is not that of the person who was chosen. Nothing was shown. Tell your operator."),
    Why.TAMPERED: marked("The two sides were told different things on the way. The session was ended. Tell your operator."),
    Why.PROTOCOL: marked("The other side sent something that is not allowed. The session was ended."),
    Why.UNFILTERABLE: marked("The viewer or the VNC server sent something that cannot be checked. The session was ended."),
    Why.DISABLED: marked("The account was disabled by the operator."),
    Why.REVOKED: marked("The certificate was revoked by the operator."),
    Why.FAILED: marked("An error inside Tasuki ended it. The log says more."),
}  # fmt: skip
