"""The words of a text: one spelling for many scripts, the words of concepts found in it, and its n-grams."""
