"""Sampling, charts and result files: what LEAN's ``BacktestingResultHandler`` does.

The engine calls it so (times are int microseconds UTC; all calls from the engine's thread)::

    handler = ResultHandler(job, output)          # job: views.BacktestJob; output: messages.MessageOutput (console, log.txt)
    handler.set_algorithm(view)                   # after initialize: view is views.AlgorithmView; captures the start
                                                  # value, sets the sample period, logs nothing
    handler.sample_period                         # microseconds, for the line "Sample Period Set: 04.00"
    handler.refresh_start_value()                 # when warm-up ends (LEAN captures the start value again)

Each slice, and twice with ``force=True`` at the end (after ``on_end_of_algorithm``, and again when the handler
exits; see semantics 6.3)::

    handler.process_synchronous_events(slice_view, force=False)   # reads view.utc_time; slice_view may be None

"Daily Sampling" at each midnight, and once with the time of the last slice::

    handler.sample(utc)

Fills and prices::

    handler.order_event(order, event)             # every order event, after the portfolio was updated
    handler.trade_builder.set_market_price(sid, price)            # each update of a security's price (mae and mfe)
    handler.trade_builder.process_fill(Fill(...))                 # each fill, as LEAN's portfolio does
    handler.trade_builder.apply_split(sid, factor)                # raw mode splits of open positions
    handler.trade_builder.closed_trades                           # algorithm.trade_builder reads it
    handler.charts                                # results.charts.UserCharts: plot(...), add_chart(...) of the algorithm
    handler.set_runtime_statistic(name, text)
    handler.set_summary_statistic(name, text)

Messages (``text`` carries its own time prefix, as LEAN's algorithm makes it; see results.messages)::

    handler.messages.debug(text) / .log(text) / .error(text)      # queued by the algorithm, drained with the samples
    handler.messages.system_debug(text)           # engine lines such as "Launching analysis for ..."; written at once
    handler.runtime_error(message, stack_trace)   # purges the queues, kept for ``state``

The end::

    handler.statistics()                          # algorithm.statistics: totals so far (StatisticsResults)
    handler.store_intermediate(status)            # the running ``{id}.json``; the launcher decides when
    handler.data_monitor.record(path, succeeded)  # every data file asked for; map and factor files are not
    summary = handler.send_final_result(status)   # writes all files, prints STATISTICS:: lines; text by name
"""
