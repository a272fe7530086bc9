"""Models learned: from what ships, from past issues and from decisions; and measured before they are used."""
