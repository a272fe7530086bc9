"""What developers run besides the program."""
