"""Setting up what tests need beside Python packages; no tests here."""
