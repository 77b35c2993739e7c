"""Pictures and sound: looking into uploads, planning their renditions, making and checking them."""
