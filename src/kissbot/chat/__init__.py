"""The language and the straight line: messages, commands, gate, dispatch. No I/O."""
