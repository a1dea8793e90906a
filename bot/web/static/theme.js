// Put the chosen theme on the page before it is drawn; without a choice the system's holds.
{
  const theme = localStorage.getItem("drumbeat.theme");
  if (theme) document.documentElement.dataset.theme = theme;
}
