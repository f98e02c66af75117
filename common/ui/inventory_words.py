"""What the details of a user's computer are called."""

from PySide6.QtCore import QObject


class InventoryWords(QObject):
    """Titles for the keys that Tasuki's own user program sends; another key stands for itself."""

    def title(self, key: str) -> str:
        """In the language of the moment."""
        known = {
            "system": self.tr("System"),
            "computer": self.tr("Computer"),
            "desktop": self.tr("Desktop"),
            "screens": self.tr("Screens"),
            "memory": self.tr("Memory"),
            "disk": self.tr("Disk"),
            "processor": self.tr("Processor"),
            "uptime": self.tr("Running for"),
            "language": self.tr("Language"),
            "tasuki": self.tr("Tasuki"),
        }
        return known.get(key, key)
