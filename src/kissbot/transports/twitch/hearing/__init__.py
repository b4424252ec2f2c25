"""What Twitch tells: subscribed to, received over sockets or through a conduit, compared and made up for."""
