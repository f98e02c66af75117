"""The same as in `sentences`, in words that a beginner knows: for windows. What is not here says it so already.

The exact words (which address, which certificate, what the other end said) are those of `sentences`: in logs, in commands, and
in *why can't I connect?*. Facts are the same.
"""

from common.host.sentences import marked
from common.protocol.reasons import Why

_NOT_EXPECTED = marked(
    "The answer was not what Tasuki expects; perhaps something on the way changes it. Try again in a few minutes. If it stays so, open any page in the browser and look whether the network wants you to log in first, or tell your operator."
)
_NO_WAY_OUT = marked(
    "This network does not let Tasuki out to your organisation. Ask who looks after the network, or your operator."
)
_WAY_OUT_WRONG = marked(
    "The way out that is set on this computer does not work here. Look at it in the settings, under the network, or ask your operator."
)
_NOT_SHOWN = marked(
    "The program that shows this screen ({program}) does not work as it should. Ask again, and ask your operator if it stays so."
)
_NOTHING_SHOWN = marked(
    "The program that shows this screen does not work as it should. Ask again, and ask your operator if it stays so."
)
_NOT_SURE = marked("It could not be proved who the other side is. Nothing was shown. Tell your operator.")

_LOOKED_INTO = marked(
    "This network looks into the connections of programs, and that does not work with Tasuki. Ask who looks after the network to let Tasuki through untouched, or ask your operator."
)

PLAIN: dict[str, str] = {
    "captive_portal": marked("This network wants you to sign in first. Open its sign-in page in the browser; Tasuki tries again by itself."),
    "relay_inspected": _LOOKED_INTO,
    "relay_answered_for": _LOOKED_INTO,
    "relay_name_unknown": marked("Your organisation cannot be found from here. Check that this computer is connected to the network."),
    "relay_unreachable": marked("Your organisation cannot be reached from here. Check that this computer is connected to the network, and ask your operator if it stays so."),
    "proxy_name_unknown": _WAY_OUT_WRONG,
    "proxy_unreachable": _WAY_OUT_WRONG,
    "proxy_login_unknown": _NO_WAY_OUT,
    "proxy_login_too_long": _WAY_OUT_WRONG,
    "proxy_refused": _NO_WAY_OUT,
    "proxy_wants_password": marked("This network wants a name and a password before it lets Tasuki out. Put them into the settings, under the network, or ask your operator."),
    "proxy_password_wrong": marked("This network did not accept the name and the password. Correct them in the settings, under the network, or ask your operator."),
    "proxy_ticket_missing": marked("This network lets out only who is logged in to your organisation, and this computer is not, or no longer. Log out, log in again with the account of your organisation, or ask your operator."),
    "proxy_looks_up": _WAY_OUT_WRONG,
    "proxy_certificate_bad": _NO_WAY_OUT,
    "proxy_without_tls": _WAY_OUT_WRONG,
    "proxy_hung_up": _WAY_OUT_WRONG,
    "proxy_script_failed": _WAY_OUT_WRONG,
    "proxy_login_file_wrong": marked("The file {path} with the name and the password for this network cannot be used ({detail}). Write the name into its first line and the password into its second."),
    "proxy_address_wrong": marked("The way out of this network is set wrongly. Correct it in the settings, under the network, or ask your operator."),
    "relay_tls_failed": _NOT_EXPECTED,
    "relay_http_failed": _NOT_EXPECTED,
    "relay_answer_broken": _NOT_EXPECTED,
    "enrolment_http_failed": _NOT_EXPECTED,
    "relay_not_ours": marked("What answers here is not your organisation. Nothing was sent to it. Tell your operator."),
    "relay_swallowed": marked("The answers of your organisation are lost in this network. Try another network, or ask who looks after this one."),
    "relay_version": marked("Tasuki here and at your organisation are of different versions and do not understand each other. Update Tasuki, or ask your operator."),
    "account_unknown": marked("Your organisation does not know this computer. Ask your operator for a new enrolment line."),
    "relay_refused": marked("Your organisation does not let this program in. Ask your operator."),
    "relay_lost": marked("The connection to your organisation was lost. Tasuki tries again by itself."),
    "clocks_differ": marked("Beside your organisation's clock, this computer's is {difference}. If this computer's clock is wrong, set it and try again; if it is right, tell your operator."),
    "certificate_dates_wrong": marked("By this computer's clock, what your organisation has just given it does not hold now. If the clock is wrong (it would be at least {difference}), set it and try again; if it is right, tell your operator."),
    "certificate_dates_odd": marked("What your organisation has just given this computer does not hold at this time. Tell your operator."),
    "relay_dates_wrong": marked("By this computer's clock, your organisation cannot be trusted now. If the clock is wrong (it would be at least {difference}), set it and try again; if it is right, tell your operator."),
    "enrolment_code_unknown": marked("Your organisation does not know this enrolment line. Check that the whole line was copied, or ask your operator for a new one."),
    "enrolment_tampered": marked("Your organisation did not accept the line: it is damaged, or was changed on the way. Copy the whole line again, and tell your operator."),
    "enrolment_wrong_root": marked("What answered does not belong to the organisation in the enrolment line. Nothing was kept. Tell your operator."),
    "enrolment_answer_wrong": marked("What answered did not give what was asked for. Nothing was kept. Tell your operator."),
    "enrolment_refused": marked("Your organisation does not let this computer in. Ask your operator."),
    "authority_unavailable": marked("Your organisation cannot let computers in at the moment. Try again in a few minutes, or tell your operator."),
    "enrolment_busy": marked("Too many computers ask to be let in at once. It is tried again by itself at {at}."),
    "enrolment_too_many": marked("You have too many computers with Tasuki already. Ask your operator to take out those that are no longer used."),
    "key_missing": marked("What proves who this computer is is not where it was kept ({place}). Unlock the keyring or put the file back, or ask your operator for a new enrolment line."),
    "key_not_saved": marked("What proves who this computer is cannot be kept ({place}: {detail}). Check that there is room and that you may write there."),
    "certificate_expired": marked("This computer was not used with Tasuki for so long that your organisation does not let it in any more. Ask your operator for a new enrolment line."),
    "certificate_revoked": marked("Your organisation does not let this computer in any more: the operator has taken it out. Ask your operator."),
    "peer_unverified": _NOT_SURE,
    "revocations_unknown": marked("Nobody can say at the moment whether the other side may still come in. Nothing was shown. Tell your operator."),
    "peer_refused_us": marked("The other side could not be sure who you are. Nothing was shown. Tell your operator."),
    "other_clock": marked("By the date and time on one of the two computers, the other may not come in now. This computer's clock agrees with your organisation's: the other computer's is probably wrong. Have it set, and ask again; if it is right, tell your operator."),
    "name_differs": marked("You chose {chosen}, but it is {found} who answered. The session was not opened. Tell your operator."),
    "relay_busy": marked("Your organisation takes no new requests now. Wait a few minutes and ask again."),
    "relay_said_no": marked("That was not possible. Look at the list again; somebody else may have been faster."),
    "no_screen": marked("There is no screen to show. Start Tasuki from your desktop."),
    "display_closed": marked("This screen cannot be opened. Start Tasuki from your desktop, or ask your operator."),
    "screen_closed": marked("This screen could not be opened. Start Tasuki from your desktop."),
    "vnc_server_failed": marked("The program that shows this screen ({program}) did not start. Try again, and ask your operator if it stays so."),
    "screen_is_wayland": marked("This kind of desktop cannot be shown to others. Log out, choose another kind of desktop at the login screen (often behind a gear; one with “Xorg” or “X11” in its name), and ask again."),
    "screen_is_wayland_with_xorg": marked("This kind of desktop cannot be shown to others. Log out, choose “{session}” at the login screen (often behind a gear), and ask again."),
    "wayvnc_not_here": marked("This kind of desktop can be shown only with the program wayvnc, which is not installed. Install it as you install other programs, or ask your operator to do it, and ask again."),
    "screen_not_wayland": marked("The program {name}, which is set to show this screen, cannot show this kind of desktop. Leave the choice to Tasuki, in the settings."),
    "server_shows_all": marked("The program that shows this screen ({program}) shows all screens or none. Choose all of them, or another program in the settings."),
    "server_shows_more": marked("The program that shows this screen ({program}) cannot show the screen {screen} without the others here. Choose another screen, or all of them."),
    "screen_not_alone": marked("The program {program} did not show the chosen screen alone, and was stopped before anybody saw anything. Choose all screens, or another program in the settings."),
    "screen_not_kept": marked("The program {program} shows something else than the chosen screen, and was stopped before the helper saw anything of it. Choose all screens, or another program in the settings, and ask again."),
    "vnc_settings_not_put_back": marked("Settings of the program that shows this screen were changed for a session and could not be put back. Tasuki tries again when it is started the next time."),
    "vnc_settings_lost": marked("Settings of the program that shows this screen were changed for a session, and Tasuki has lost its note of how they were. It is kept as {aside}. Tell your operator."),
    "vnc_settings_refused": marked("The program that shows this screen could not be made ready. Choose another one in the settings, and ask again."),
    "screen_depth": marked("The program {program} cannot show this screen. Install x11vnc, which can, or ask your operator."),
    "vnc_server_ended": marked("The program that shows this screen ({program}) has ended. Ask again."),
    "vnc_server_unknown": marked("Tasuki does not know the program {name}, which is set to show this screen. Choose another one in the settings."),
    "vnc_server_not_here": marked("The program {name}, which is set to show this screen, is not installed. Install it, or leave the choice to Tasuki, in the settings."),
    "server_not_ours": marked("Another program stands in the place of {program}, which Tasuki had started, so nothing was shown to it. Ask your operator which program that is, and ask again."),
    "server_silent": _NOT_SHOWN,
    "server_hung_up": _NOT_SHOWN,
    "server_not_vnc": _NOT_SHOWN,
    "server_other_display": _NOT_SHOWN,
    "server_password_wrong": _NOT_SHOWN,
    "server_security": _NOT_SHOWN,
    "server_refused": _NOT_SHOWN,
    "server_address_wrong": _NOTHING_SHOWN,
    "server_name_unknown": _NOTHING_SHOWN,
    "server_unreachable": _NOTHING_SHOWN,
    "server_locked": marked("The program that shows this screen ({program}) lets nobody in for the moment. Wait a minute and ask again."),
    "screen_sharing_has_password": marked("Screen Sharing has a password of its own on this Mac, and Tasuki does not change it. Switch off “VNC viewers may control screen with password” in System Settings (General, Sharing, Screen Sharing), and ask again."),
    "viewer_page_missing": marked("The built-in viewer is not complete. Install Tasuki anew, or choose another viewer."),
    "clipboard_too_large": marked("What was copied here ({size} MB) is too large for the other computer's clipboard, and stays here. At most {most} MB can cross."),
    "clipboard_kind": marked("What was copied here stays here: only text and pictures can cross to the other computer."),
    "clipboard_file_unreadable": marked("The file {path} cannot be copied ({detail}). Choose a text or a picture that you may read."),
}  # fmt: skip

PLAIN_REASONS: dict[Why, str] = {
    Why.RELAY_RESTARTED: marked("The connection was begun anew. Ask again."),
    Why.RELAY_STOPPED: marked("Your organisation has stopped the service. Ask again later."),
    Why.SERVER_GONE: marked("The program that shows the user's screen ended. Ask again."),
    Why.WRONG_PEER: marked("It is not the person who was chosen that answered. Nothing was shown. Tell your operator."),
    Why.UNVERIFIED: _NOT_SURE,
    Why.CLOCKS: marked("By the date and time on one of the two computers, the other may not come in now. Nothing was shown. Look at both clocks and ask again."),
    Why.NOT_ACCEPTED: marked("One of the two sides could not be sure who the other is. Nothing was shown. Tell your operator."),
    Why.UNFILTERABLE: marked("Something came from the other computer that cannot be checked. The session was ended."),
    Why.REVOKED: marked("The operator has taken out the computer of somebody who took part."),
}  # fmt: skip
