"""What each role does next, given chain and disk. A role that is killed goes on where it was."""
