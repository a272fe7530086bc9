"""What the pages' templates call."""
