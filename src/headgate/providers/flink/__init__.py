"""Jobs through the SQL Gateway and the JobManager."""
