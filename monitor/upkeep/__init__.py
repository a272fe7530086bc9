"""What a house left alone for a year needs: retention, backup, room on the disk."""
