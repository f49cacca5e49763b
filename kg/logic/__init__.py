"""The derive queries compiled: the same texts as a Boolean circuit, for many cases at once and for proofs."""
