"""The application without its widgets: session, training thread, preferences."""
