% SPDX-License-Identifier: BSD-3-Clause
% usage: MTRF=checkout FOLDER=arrays octave-cli trf.m
% mTRF-Toolbox on the arrays of `encoding.py make`, row trf: one line, seconds of the median
% of three calls after a warm-up, seconds of the processor, peak MiB. The best mean r over
% trials and its penalty for each channel go to FOLDER/trf_toolbox.txt.
addpath([getenv('MTRF') '/mtrf']);
f = getenv('FOLDER');
S = dlmread([f '/trf_S.txt']);
Y = dlmread([f '/trf_Y.txt']);
K = 10;
e = round(linspace(0, size(S, 1), K + 1));
for k = 1:K
  s{k, 1} = S(e(k) + 1:e(k + 1), :);
  y{k, 1} = Y(e(k) + 1:e(k + 1), :);
end
lambdas = 10 .^ (-2:7);
wall = []; own = [];
for i = 0:3
  c = cputime; tic;
  stats = mTRFcrossval(s, y, 128, 1, -100, 400, lambdas, 'verbose', 0);
  w = toc; c = cputime - c;
  if i > 0, wall(end + 1) = w; own(end + 1) = c; end
end
peak = NaN;
status = fileread('/proc/self/status');
token = regexp(status, 'VmHWM:\s*(\d+)', 'tokens');
if ~isempty(token), peak = str2double(token{1}{1}) / 1024; end
[best, at] = max(squeeze(mean(stats.r, 1)), [], 1);
dlmwrite([f '/trf_toolbox.txt'], [best; lambdas(at)]', 'delimiter', ' ', 'precision', 12);
printf('%.3f %.3f %.1f\n', median(wall), median(own), peak);
