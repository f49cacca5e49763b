"""What a topic begins with: a template, and ratings read from tables as guidelines print them."""
