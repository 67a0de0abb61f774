"""What stands on a screen: functions from a view to lines, and the widget that shows lines."""
