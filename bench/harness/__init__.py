"""What bench/run is made of; README.md in the directory above says what it measures."""
