"""The pages people see: `render` fills the templates, `form` reads what is sent back."""
