"""Rules on the VMotion network and the networks of virtual machines."""
