/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANAFLOW_H
#define ANAFLOW_H

/* Everything a plugin author includes. */
#include <anaflow/arrays.h>
#include <anaflow/base.h>
#include <anaflow/blocks.h>
#include <anaflow/checkpoint.h>
#include <anaflow/files.h>
#include <anaflow/linalg.h>
#include <anaflow/metric.h>
#include <anaflow/model.h>
#include <anaflow/nn.h>
#include <anaflow/plugin.h>
#include <anaflow/reader.h>
#include <anaflow/signal.h>
#include <anaflow/stats.h>
#include <anaflow/stimulus.h>
#include <anaflow/tensor.h>

#endif
