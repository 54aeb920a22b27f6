"""The command line: one small module a command; parse arguments, call one function, print."""
