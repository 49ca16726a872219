"""Virtual clusters and filters of Kroxylicious."""
