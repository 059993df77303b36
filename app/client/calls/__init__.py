"""What a server can be asked, by topic; `app.client.server.Server` has it all."""
