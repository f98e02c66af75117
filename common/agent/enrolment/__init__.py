"""How an agent gets the certificate that it is known by, and keeps it.

    folder      where a role's files are
    profile     what enrolment left there: certificate, root, relay, the newest revocation list
    keys        the private key, in the system's keyring or else in a file for its owner alone
    line_file   the enrolment line that an administrator laid beside the program
    wish        a certificate that is to be renewed before it is due
    enrol       the way from a line to a certificate, and its renewal in time

What goes over the wire is in common.protocol.enrolment and common.protocol.certificate_requests.
"""
