"""The waist: desired things as plain ordered values, what each field costs to change, what a target can do."""
