"""What is asked of servers, and how: the one door to the network, its guard, and manners."""
