"""What a text says: one spelling for many scripts, the words of concepts found in it, and its n-grams."""
