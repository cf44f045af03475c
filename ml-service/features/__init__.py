"""What is known about a match before it kicks off."""
