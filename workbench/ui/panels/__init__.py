"""The cards of the left column. Each reads the Session and calls it; none knows another."""
