"""The commands of the command line, one module each. They read arguments, call one thing, and print."""
