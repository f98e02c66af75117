"""Packages of the two desktop programs: PyInstaller folders, a Debian package, installers."""
