"""Each script measures one thing beside its baseline in the same run, and says which bars are met."""
