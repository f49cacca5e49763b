"""What guidelines say: the content, and how to ask it. Nothing here knows a patient."""
