"""The proxy that this computer is set to: what its system says, and what a PAC file says, which is a program.

here        who is asked on which system
desktop     Linux: the portal, GNOME's and KDE's settings
windows     WinHTTP
script      PAC files, run in a process of its own
script_process   that process
"""
