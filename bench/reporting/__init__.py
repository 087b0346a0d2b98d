"""What bench/report is made of: results in, charts and tables out."""
