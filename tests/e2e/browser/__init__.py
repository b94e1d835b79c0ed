"""Cases of the console and of mails in a browser: a package, so that browser and console end with the last of them."""
