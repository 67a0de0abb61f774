"""Records and answers as documents and files, in every format."""
