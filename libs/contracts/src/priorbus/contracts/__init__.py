"""What Priorbus services say to each other: commands, facts, replies, refusals and the state they carry."""
