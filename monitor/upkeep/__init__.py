"""What a home that is left alone for a year needs: backups, retention, room on the disk."""
