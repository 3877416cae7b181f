"""What the exercises of several lectures share: data they take and give, and models that judges trust."""
