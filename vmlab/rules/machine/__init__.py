"""Rules on the virtual machine itself."""
