"""What every Tasuki program needs of its host: settings files, private files, logs, and words in the person's language."""
