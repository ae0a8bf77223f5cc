"""The process that trains: commands in on stdin, records out on stdout, one JSON object a line."""
