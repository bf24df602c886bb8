"""What a browser sends, until it is a song in a folder of ours."""
