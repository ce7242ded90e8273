(function () {
  'use strict';
  var d = document, table = d.getElementById('m'), rows = table.tBodies[0].rows, head = table.tHead.rows[0].cells;
  var m = rows.length, n = rows[0].querySelectorAll('td:not(.mg)').length;
  var info = d.getElementById('info'), strips = d.getElementById('strips'), figure = d.querySelector('figure svg');
  var start = { row: +strips.dataset.row, column: +strips.dataset.column }, own = [], rowOf = [];
  function all(selector, root) { return Array.prototype.slice.call((root || d).querySelectorAll(selector)); }
  function cell(i, j) { return rows[i].cells[j + 1]; }
  function name(th) { return th.title || th.textContent; }
  function player(j) { return name(head[j + 1]); }
  function target(i) { return name(rows[i].cells[0]); }
  function value(td) {
    var error = td.querySelector('i');
    return error ? td.firstChild.data + ' ' + error.textContent : td.textContent;
  }
  function level(td) { return td.className.replace(/ ?\bo\b/, ''); }
  all('.js').forEach(function (e) { e.hidden = false; });
  for (var i = 0; i < m; ++i) {
    own[i] = rows[i].cells[0].dataset.o === undefined ? -1 : +rows[i].cells[0].dataset.o;
    if (own[i] >= 0) rowOf[own[i]] = i;
  }

  /* one word in focus: both strips and the arcs */
  function paint(span, td, title) {
    span.className = 't ' + (td ? level(td) : 'z');
    span.title = title + (td ? ': ' + value(td) : '');
  }
  function choose(row, column, mark) {
    all('#sr .t').forEach(function (t) {
      var p = +t.dataset.p;
      paint(t, cell(row, p), player(p));
      if (own[row] === p) t.classList.add('here');
    });
    all('#ss .t').forEach(function (t) {
      var p = t.dataset.p, r = p === undefined ? +t.dataset.t : rowOf[p];
      paint(t, r === undefined ? null : cell(r, column), p === undefined ? target(r) : player(+p));
      if (p !== undefined && +p === column) t.classList.add('here');
    });
    d.querySelector('.nr bdi').textContent = rows[row].cells[0].textContent;
    d.querySelector('.ns bdi').textContent = head[column + 1].textContent;
    strips.dataset.row = row;
    strips.dataset.column = column;
    if (figure) {
      figure.classList.toggle('focus', mark);
      all('.a', figure).forEach(function (g) { g.classList.toggle('on', mark && (+g.dataset.i === row || +g.dataset.j === column)); });
      all('.w', figure).forEach(function (w) { w.classList.toggle('on', mark && (w.dataset.t !== undefined ? +w.dataset.t === row : +w.dataset.p === column)); });
    }
    all('.hl').forEach(function (e) { e.classList.remove('hl'); });
    if (mark) {
      rows[row].cells[0].classList.add('hl');
      head[column + 1].classList.add('hl');
    }
  }
  function chooseRow(row) { choose(row, own[row] >= 0 ? own[row] : +strips.dataset.column, true); }
  function chooseColumn(column) { choose(rowOf[column] === undefined ? +strips.dataset.row : rowOf[column], column, true); }

  /* the matrix: one tab stop, arrow keys */
  var at = [0, 0];
  table.setAttribute('role', 'grid');
  table.setAttribute('aria-label', 'Matrix of influences');
  for (i = 0; i < m; ++i) for (var j = 0; j < n; ++j) cell(i, j).tabIndex = i + j ? -1 : 0;
  function say(i, j) {
    var text = value(cell(i, j)), down = text.charAt(0) === '\u2212';
    info.textContent = own[i] === j ? player(j) + ': own effect ' + text
      : player(j) + ' \u2192 ' + target(i) + ': ' + text + (text === 'n/a' ? '' : down ? ', lowers' : ', raises')
        + (/ f/.test(cell(i, j).className) ? ', within 2 standard errors' : '');
  }
  function go(i, j) {
    i = Math.max(0, Math.min(m - 1, i));
    j = Math.max(0, Math.min(n - 1, j));
    cell(at[0], at[1]).tabIndex = -1;
    at = [i, j];
    cell(i, j).tabIndex = 0;
    cell(i, j).focus();
  }
  function place(td) {
    return td && !td.classList.contains('mg') && td.parentNode.parentNode === table.tBodies[0] && td.tagName === 'TD'
      ? [td.parentNode.sectionRowIndex, td.cellIndex - 1] : null;
  }
  table.addEventListener('keydown', function (e) {
    var p = place(e.target), i, j;
    if (!p || e.altKey || e.metaKey) return;
    i = p[0], j = p[1];
    switch (e.key) {
      case 'ArrowUp': --i; break;
      case 'ArrowDown': ++i; break;
      case 'ArrowLeft': --j; break;
      case 'ArrowRight': ++j; break;
      case 'Home': j = 0; if (e.ctrlKey) i = 0; break;
      case 'End': j = n - 1; if (e.ctrlKey) i = m - 1; break;
      case 'PageUp': i -= 10; break;
      case 'PageDown': i += 10; break;
      case 'Enter': case ' ': chooseRow(i); e.preventDefault(); return;
      case 'Escape': choose(start.row, start.column, false); return;
      default: return;
    }
    e.preventDefault();
    go(i, j);
  });
  table.addEventListener('focusin', function (e) {
    var p = place(e.target);
    if (p) { cell(at[0], at[1]).tabIndex = -1; at = p; e.target.tabIndex = 0; say(p[0], p[1]); }
  });
  table.addEventListener('mouseover', function (e) {
    var p = place(e.target.closest('td'));
    if (p) say(p[0], p[1]);
  });
  table.addEventListener('click', function (e) {
    var p = place(e.target.closest('td'));
    if (p) { go(p[0], p[1]); chooseRow(p[0]); }
  });

  /* strips: each one tab stop, arrow keys, Enter */
  function press(t) { if (t.dataset.t !== undefined) chooseRow(+t.dataset.t); else chooseColumn(+t.dataset.p); }
  all('.strip').forEach(function (strip) {
    var tokens = all('.t', strip);
    strip.setAttribute('role', 'group');
    strip.setAttribute('aria-label', strip.id === 'sr' ? 'Players, by what the target receives' : 'By what the player sends');
    tokens.forEach(function (t, k) { t.tabIndex = k ? -1 : 0; t.setAttribute('role', 'button'); });
    strip.addEventListener('keydown', function (e) {
      var k = tokens.indexOf(e.target), next = k;
      var ahead = strip.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight', back = strip.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
      if (k < 0) return;
      if (e.key === ahead) next = k + 1;
      else if (e.key === back) next = k - 1;
      else if (e.key === 'Home') next = 0;
      else if (e.key === 'End') next = tokens.length - 1;
      else if (e.key === 'Enter' || e.key === ' ') { press(e.target); e.preventDefault(); return; }
      else if (e.key === 'Escape') { choose(start.row, start.column, false); return; }
      else return;
      e.preventDefault();
      next = Math.max(0, Math.min(tokens.length - 1, next));
      tokens[k].tabIndex = -1;
      tokens[next].tabIndex = 0;
      tokens[next].focus();
    });
    strip.addEventListener('click', function (e) { var t = e.target.closest('.t'); if (t) press(t); });
  });

  /* how many arcs */
  var slider = d.getElementById('k');
  if (slider) {
    slider.addEventListener('input', function () {
      var arcs = all('.a', figure), k = +slider.value;
      d.getElementById('ko').textContent = k;
      arcs.forEach(function (g, index) { g.classList.toggle('off', arcs.length - index > k); });
    });
  }

  /* theme */
  var themes = ['system', 'light', 'dark'], theme = 0, button = d.getElementById('theme');
  button.addEventListener('click', function () {
    theme = (theme + 1) % 3;
    if (theme) d.documentElement.dataset.theme = themes[theme];
    else delete d.documentElement.dataset.theme;
    button.textContent = 'theme: ' + themes[theme];
  });
}());
