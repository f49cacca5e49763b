"""What the codes of other systems mean here: how they are spelled, what they imply, and the kinds that a site adds."""
