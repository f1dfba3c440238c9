"""Files as a hostile author would make them, one module a format, and a process that opens them as a person would."""
