// Walks of the page's plan: what they are, how they are drawn, what is said of them.

/** Where the households of each day begin (calls, then stops), and where those of the last end. */
function dayStarts({calls, stops}) {
  const starts = new Int32Array(calls.length + 1);
  calls.forEach((count, day) => { starts[day + 1] = starts[day] + count + stops[day]; });
  return starts;
}

const shownWeek = () => Number($("week").value || 1);
const stopsOf = (day) => visits.household.subarray(starts[day] + visits.calls[day], starts[day + 1]);
const colourOf = (day) => visits.colours[visits.day[day] - 1];

function nameOf(day) {
  const name = visits.names[language][(visits.week[day] - 1) * visits.days + visits.day[day] - 1];
  return visits.weeks > 1 ? `${word("week")} ${visits.week[day]}, ${name}` : name;
}

/** Days on which a household is visited, and at which stop; 0: by phone. */
function daysOfHousehold(row) {
  const found = [];
  let day = 0;
  visits.household.forEach((each, at) => {
    while (starts[day + 1] <= at) day++;
    if (each === row) found.push([day, Math.max(0, at - starts[day] - visits.calls[day] + 1)]);
  });
  return found;
}

/** Days of a member, or those on which a household is visited, in the week that is shown. */
function shownDays(thing) {
  const days = thing.kind === "member" ? [...visits.member.keys()].filter((day) => visits.member[day] === thing.row)
    : thing.kind === "household" ? daysOfHousehold(thing.row).map(([day]) => day) : [];
  return days.filter((day) => visits.week[day] === shownWeek());
}

/** From home through the stops and back, one way: "x" or "y". */
function roundOf(day, way) {
  const home = members[way][visits.member[day]];
  return [home, ...Array.from(stopsOf(day), (row) => households[way][row]), home];
}

/** All rounds of the week that is shown, as one line with gaps. */
function allRounds() {
  const days = [...visits.member.keys()].filter((day) => visits.week[day] === shownWeek() && visits.stops[day]);
  const line = (way) => Float32Array.from(days.flatMap((day) => [...roundOf(day, way), NaN]));
  return {x: line("x"), y: line("y")};
}

/** Numbers of the stops: those of one building together on one day, of several days side by side. */
function stopLabels(days) {
  const labels = {x: [], y: [], text: [], colour: [], shift: []};
  const taken = new Map();
  for (const day of days) {
    const rows = stopsOf(day);
    for (let first = 0, last; first < rows.length; first = last + 1) {
      const [x, y] = [households.x[rows[first]], households.y[rows[first]]];
      for (last = first; last + 1 < rows.length && households.x[rows[last + 1]] === x && households.y[rows[last + 1]] === y;) last++;
      const text = first === last ? `${first + 1}` : `${first + 1}–${last + 1}`;
      const shift = taken.get(`${x} ${y}`) ?? 0;
      taken.set(`${x} ${y}`, shift + 7 * text.length + 9);
      labels.x.push(x);
      labels.y.push(y);
      labels.text.push(text);
      labels.colour.push(colourOf(day));
      labels.shift.push(shift);
    }
  }
  return labels;
}

function markWalks(thing) {
  const days = thing ? shownDays(thing).filter((day) => visits.stops[day]) : [];
  fill("mark_walks", {
    xs: days.map((day) => roundOf(day, "x")), ys: days.map((day) => roundOf(day, "y")), colour: days.map(colourOf),
  });
  fill("mark_stops", stopLabels(days));
}

/** What is to be said of a member's week, or of when a household is visited and not visited. */
function saidOfVisits(thing) {
  if (thing.kind === "member") {
    return shownDays(thing).map((day) => [nameOf(day), [
      visits.stops[day] && `${number(visits.stops[day])} ${word("stops")}, ${metres(visits.walk_m[day])}`,
      visits.calls[day] && `${number(visits.calls[day])} ${word("by_phone")}`,
    ].filter(Boolean).join("; "), colourOf(day)]);
  }
  const pairs = daysOfHousehold(thing.row).map(([day, stop]) => [nameOf(day), stop ? `${word("stop")} ${stop}` : word("by_phone"), colourOf(day)]);
  const {household, due, planned} = visits.dropped;
  const reason = language === "zh" ? visits.dropped.reason_zh : visits.dropped.reason;
  const at = household.indexOf(thing.row);
  return at < 0 ? pairs : [...pairs, ["dropped", `${planned[at]} / ${due[at]}: ${reason[at]}`]];
}

function speakOfWeeks() {
  const select = $("week"), before = select.value;
  select.replaceChildren(...Array.from({length: visits.weeks}, (_, at) =>
    element("option", `${word("week")} ${at + 1}`, null, {value: at + 1})));
  if (before) select.value = before;
  select.hidden = visits.weeks < 2;
}
