"""Names of LEAN's API, for telling what is not supported from what does not exist."""

# ruff: noqa: RUF001 - LEAN's own spelling

QC_ALGORITHM_NAMES = frozenset({
    "a", "abands", "account_currency", "active_securities", "ad", "add_alpha", "add_cfd", "add_chart", "add_command",
    "add_crypto", "add_crypto_future", "add_data", "add_equity", "add_forex", "add_future", "add_future_contract",
    "add_future_option", "add_future_option_contract", "add_index", "add_index_option", "add_index_option_contract",
    "add_option", "add_option_contract", "add_risk_management", "add_security", "add_security_initializer",
    "add_series", "add_tag", "add_universe", "add_universe_options", "add_universe_selection", "addiff", "adosc",
    "adr", "advr", "adx", "adxr", "algorithm_id", "algorithm_mode", "alma", "alpha", "ao", "apo", "aps", "ar",
    "arima", "aroon", "asi", "atr", "b", "bb", "benchmark", "bop", "broadcast_command", "brokerage_message_handler",
    "brokerage_model", "brokerage_name", "buy", "c", "calculate_order_quantity", "candlestick_patterns", "cc", "cci",
    "chop", "cik", "cks", "cmf", "cmo", "co", "combo_leg_limit_order", "combo_limit_order", "combo_market_order",
    "composite_figi", "consolidate", "cov", "create_consolidator", "create_indicator_name", "crsi", "current_slice",
    "cusip", "d", "date_rules", "dch", "debug", "debug_messages", "debug_mode", "default_order_properties", "dem",
    "dema", "deployment_target", "deregister_indicator", "do", "download", "dpo", "ema", "emit_insights", "emv",
    "enable_automatic_indicator_warm_up", "end_date", "error", "error_messages", "execution", "exercise_option",
    "fi", "filtered_identity", "fish", "frama", "framework_post_initialize", "fundamentals", "future_chain",
    "future_chain_provider", "future_chains", "futures_chain", "futures_chains", "g", "get_chart_updates",
    "get_last_known_price", "get_last_known_prices", "get_locked", "get_parameter", "get_parameters", "he",
    "heikin_ashi", "history", "history_provider", "hma", "ht", "ibs", "ichimoku", "identity", "indicator_history",
    "initialize", "insights", "insights_generated", "is_market_open", "is_warming_up", "isin", "iv", "kama", "kch",
    "ker", "kst", "kvo", "limit_if_touched_order", "limit_order", "link", "liquidate", "live_mode", "log",
    "log_messages", "logr", "lsma", "lwma", "macd", "mad", "mama", "market_on_close_order", "market_on_open_order",
    "market_order", "mass", "max", "mfi", "mgd", "midpoint", "midprice", "min", "mom", "momersion", "momp", "mosc",
    "msi", "name", "name_updated", "natr", "nhnl", "nhnlv", "notify", "object_store", "obv",
    "on_assignment_order_event", "on_brokerage_disconnect", "on_brokerage_message", "on_brokerage_reconnect",
    "on_command", "on_data", "on_delistings", "on_dividends", "on_end_of_algorithm", "on_end_of_day",
    "on_end_of_time_step", "on_framework_data", "on_framework_securities_changed", "on_margin_call",
    "on_margin_call_warning", "on_order_event", "on_securities_changed", "on_splits", "on_symbol_changed_events",
    "on_warmup_finished", "option_chain", "option_chain_provider", "option_chains", "order", "pandas_converter",
    "plot", "plot_indicator", "portfolio", "portfolio_construction", "post_initialize", "pphl", "ppo", "project_id",
    "psar", "pso", "quit", "r", "rc", "rdv", "record", "register_indicator", "remove_option_contract",
    "remove_security", "resolve_consolidator", "risk_free_interest_rate_model", "risk_management", "rma", "roc",
    "rocp", "rocr", "rsi", "rsv", "run_command", "run_time_error", "runtime_statistics", "rvi", "sarext", "schedule",
    "securities", "security_initializer", "sedol", "sell", "set_account_currency", "set_algorithm_id",
    "set_algorithm_mode", "set_alpha", "set_api", "set_available_data_types", "set_benchmark",
    "set_brokerage_message_handler", "set_brokerage_model", "set_cash", "set_current_slice", "set_date_time",
    "set_deployment_target", "set_end_date", "set_execution", "set_finished_warming_up", "set_future_chain_provider",
    "set_history_provider", "set_holdings", "set_live_mode", "set_locked", "set_maximum_orders", "set_name",
    "set_object_store", "set_option_chain_provider", "set_pandas_converter", "set_parameters",
    "set_portfolio_construction", "set_quit", "set_risk_free_interest_rate_model", "set_risk_management",
    "set_run_time_error", "set_runtime_statistic", "set_security_initializer", "set_start_date",
    "set_statistics_service", "set_status", "set_summary_statistic", "set_tags", "set_time_zone",
    "set_trade_builder", "set_universe_selection", "set_warm_up", "set_warmup", "settings", "shortable",
    "shortable_quantity", "si", "signal_export", "sm", "sma", "sobv", "sortino", "sr", "srsi", "start_date",
    "statistics", "status", "stc", "std", "sto", "stop_limit_order", "stop_market_order", "str",
    "submit_order_request", "subscription_manager", "sum", "swiss", "symbol", "t", "t3", "tags", "tags_updated",
    "tdd", "tds", "tema", "ticker", "time", "time_keeper", "time_rules", "time_zone", "tp", "tr", "trade_builder",
    "trading_calendar", "trailing_stop_order", "train", "transactions", "trima", "trin", "trix", "tsf", "tsi",
    "ultosc", "universe", "universe_manager", "universe_selection", "universe_settings", "unregister_indicator",
    "utc_time", "v", "var", "vidya", "vp", "vtx", "vwap", "vwma", "warm_up_indicator", "wilr", "wto", "wwma",
    "zlema", "zz", "γ", "δ", "θ",
})  # fmt: skip
"""Members of LEAN's `QCAlgorithm`, in snake_case."""

LEAN_TYPE_NAMES = frozenset(
    """
    AlphaStreamsPortfolioConstructionModel BlackLittermanOptimizationPortfolioConstructionModel
    EmaCrossUniverseSelectionModel EnergyETFUniverse FutureUniverseSelectionModel InceptionDateUniverseSelectionModel
    IPortfolioOptimizer LiquidETFUniverse MaximumSectorExposureRiskManagementModel
    MaximumSharpeRatioPortfolioOptimizer MeanReversionPortfolioConstructionModel
    MeanVarianceOptimizationPortfolioConstructionModel MetalsETFUniverse MinimumVariancePortfolioOptimizer
    NotifiedSecurityChanges OpenInterestFutureUniverseSelectionModel OptionUniverseSelectionModel
    QC500UniverseSelectionModel RiskParityPortfolioConstructionModel RiskParityPortfolioOptimizer
    SP500SectorsETFUniverse SectorWeightingPortfolioConstructionModel TechnologyETFUniverse USTreasuriesETFUniverse
    UnconstrainedMeanVariancePortfolioOptimizer VolatilityETFUniverse
    AVG5YrsROIC AbandonedBaby AbsolutePriceOscillator AbsoluteRiskOptionPositionCollectionEnumerator
    AccelerationBands AccountCurrencyImmediateSettlementModel AccountEvent AccountType AccountsPayableBalanceSheet
    AccountsReceivableBalanceSheet AccruedInterestReceivableBalanceSheet AccruedInvestmentIncomeBalanceSheet
    AccruedLiabilitiesTotalBalanceSheet AccruedandDeferredIncomeBalanceSheet
    AccruedandDeferredIncomeCurrentBalanceSheet AccruedandDeferredIncomeNonCurrentBalanceSheet
    AccumulatedDepreciationBalanceSheet AccumulationDistribution AccumulationDistributionOscillator
    AdditionalPaidInCapitalBalanceSheet AdjustedPriceVariationModel AdvanceBlock AdvanceDeclineDifference
    AdvanceDeclineIndicator AdvanceDeclineRatio AdvanceDeclineVolumeRatio AdvanceFromFederalHomeLoanBanksBalanceSheet
    AdvancesfromCentralBanksBalanceSheet AlgorithmConfiguration AlgorithmControl AlgorithmMode AlgorithmPerformance
    AlgorithmSettings AlgorithmStatus AlgorithmUtils AllTaxesPaidCashFlowStatement
    AllowanceForDoubtfulAccountsReceivableBalanceSheet AllowanceForLoansAndLeaseLossesBalanceSheet
    AllowanceForNotesReceivableBalanceSheet AlpacaBrokerageModel AlpacaFeeModel AlpacaOrderProperties Alpha
    AlphaModel AlphaModelExtensions AlphaModelPythonWrapper AlphaStreamsBrokerageModel AlphaStreamsFeeModel
    AlphaStreamsSlippageModel AmortizationCashFlowStatement AmortizationIncomeStatement
    AmortizationOfFinancingCostsAndDiscountsCashFlowStatement AmortizationOfIntangiblesCashFlowStatement
    AmortizationOfIntangiblesIncomeStatement AmortizationOfSecuritiesCashFlowStatement
    AmortizationSupplementalIncomeStatement Analysis ApiOrderResponse ApplyFundsSettlementModelParameters ArmsIndex
    ArnaudLegouxMovingAverage AroonOscillator AssetClassification AssetImpairmentChargeCashFlowStatement
    AssetsHeldForSaleBalanceSheet AssetsHeldForSaleCurrentBalanceSheet AssetsHeldForSaleNonCurrentBalanceSheet
    AssetsOfDiscontinuedOperationsBalanceSheet AssetsPledgedasCollateralSubjecttoSaleorRepledgingTotalBalanceSheet
    AssetsTurnover AuditorReportStatus AugenPriceSpike AutoRegressiveIntegratedMovingAverage AuxiliaryDataKey
    AvailableForSaleSecuritiesBalanceSheet AverageDilutionEarningsIncomeStatement AverageDirectionalIndex
    AverageDirectionalMovementIndexRating AverageRange AverageTrueRange AwesomeOscillator AxosClearingBrokerageModel
    AxosFeeModel BalanceOfPower BalanceSheet BalanceSheetFileDate BankIndebtednessBalanceSheet
    BankLoansCurrentBalanceSheet BankLoansNonCurrentBalanceSheet BankLoansTotalBalanceSheet
    BankOwnedLifeInsuranceBalanceSheet Bar BarDirection BarIndicator BaseChain BaseChainUniverseData BaseChains
    BaseContract BaseData BaseDataCollection BaseDataConsolidator BaseDataRequest BaseFundamentalDataProvider
    BasePythonWrapper BaseRenkoBar BaseScheduleRules BaseSecurityDatabase BaseSeries BaseSignalExport
    BaseTimelessConsolidator BaseVolatilityModel BasicAccountingChange BasicAverageShares BasicContinuousOperations
    BasicDiscontinuousOperations BasicEPS BasicEPSOtherGainsLosses BasicExtraordinary
    BeginningCashPositionCashFlowStatement BeltHold BenchmarkPythonWrapper Beta BinanceBrokerageModel
    BinanceCoinFuturesBrokerageModel BinanceCoinFuturesFeeModel BinanceCryptoFutureMarginModel BinanceFeeModel
    BinanceFutureMarginInterestRateModel BinanceFuturesBrokerageModel BinanceFuturesFeeModel BinanceOrderProperties
    BinanceUSBrokerageModel BinaryComparison BinaryComparisonExtensions BiologicalAssetsBalanceSheet
    BitfinexBrokerageModel BitfinexFeeModel BitfinexOrderProperties BloombergFixBrokerageModel
    BloombergFixOrderProperties BollingerBands BookValuePerShareGrowth Breakaway BrokerageEnvironment
    BrokerageExtensions BrokerageFactoryAttribute BrokerageMessageEvent BrokerageMessageHandlerPythonWrapper
    BrokerageMessageType BrokerageModel BrokerageModelPythonWrapper BrokerageModelSecurityInitializer BrokerageName
    BrokerageOrderIdChangedEvent BuildingsAndImprovementsBalanceSheet BuyingPower BuyingPowerModel
    BuyingPowerModelExtensions BuyingPowerModelPythonWrapper BuyingPowerParameters BybitFutureMarginInterestRateModel
    CFOGrowth Calendar CalendarInfo CalendarType CancelOrderRequest CandleColor CandleRangeType CandleSetting
    CandleSettingType CandleSettings Candlestick CandlestickPattern CandlestickPatterns CandlestickSeries CapExGrowth
    CapExReportedCashFlowStatement CapExSalesRatio CapacityEstimate CapitalExpenditureAnnual5YrGrowth
    CapitalExpenditureCashFlowStatement CapitalExpendituretoEBITDA CapitalLeaseObligationsBalanceSheet
    CapitalStockBalanceSheet Cash CashAdvancesandLoansMadetoOtherPartiesCashFlowStatement CashAmount
    CashAndCashEquivalentsBalanceSheet CashAndDueFromBanksBalanceSheet CashBalanceSheet CashBook CashBookUpdateType
    CashBookUpdatedEventArgs CashBuyingPowerModel CashCashEquivalentsAndFederalFundsSoldBalanceSheet
    CashCashEquivalentsAndMarketableSecuritiesBalanceSheet CashConversionCycle
    CashDividendsForMinoritiesCashFlowStatement CashDividendsPaidCashFlowStatement CashEquivalentsBalanceSheet
    CashFlowFileDate CashFlowFromContinuingFinancingActivitiesCashFlowStatement
    CashFlowFromContinuingInvestingActivitiesCashFlowStatement
    CashFlowFromContinuingOperatingActivitiesCashFlowStatement CashFlowFromDiscontinuedOperationCashFlowStatement
    CashFlowFromFinancingGrowth CashFlowFromInvestingGrowth CashFlowStatement
    CashFlowsfromusedinOperatingActivitiesDirectCashFlowStatement
    CashFromDiscontinuedFinancingActivitiesCashFlowStatement CashFromDiscontinuedInvestingActivitiesCashFlowStatement
    CashFromDiscontinuedOperatingActivitiesCashFlowStatement CashGeneratedfromOperatingActivitiesCashFlowStatement
    CashPaidforInsuranceActivitiesCashFlowStatement CashPaidtoReinsurersCashFlowStatement
    CashPaymentsforDepositsbyBanksandCustomersCashFlowStatement CashPaymentsforLoansCashFlowStatement CashRatio
    CashRatioGrowth CashReceiptsfromDepositsbyBanksandCustomersCashFlowStatement
    CashReceiptsfromFeesandCommissionsCashFlowStatement CashReceiptsfromLoansCashFlowStatement
    CashReceiptsfromRepaymentofAdvancesandLoansMadetoOtherPartiesCashFlowStatement
    CashReceiptsfromSecuritiesRelatedActivitiesCashFlowStatement CashReceiptsfromTaxRefundsCashFlowStatement
    CashReceivedfromInsuranceActivitiesCashFlowStatement CashRestrictedOrPledgedBalanceSheet CashtoTotalAssets
    CededPremiumsIncomeStatement Cfd CfdCache CfdDataFilter CfdExchange CfdHolding ChaikinMoneyFlow ChaikinOscillator
    ChandeKrollStop ChandeMomentumOscillator ChangeInAccountPayableCashFlowStatement
    ChangeInAccruedExpenseCashFlowStatement ChangeInAccruedInvestmentIncomeCashFlowStatement
    ChangeInDeferredAcquisitionCostsCashFlowStatement ChangeInDeferredChargesCashFlowStatement
    ChangeInDividendPayableCashFlowStatement ChangeInFederalFundsAndSecuritiesSoldForRepurchaseCashFlowStatement
    ChangeInFundsWithheldCashFlowStatement ChangeInIncomeTaxPayableCashFlowStatement
    ChangeInInterestPayableCashFlowStatement ChangeInInventoryCashFlowStatement ChangeInLoansCashFlowStatement
    ChangeInLossAndLossAdjustmentExpenseReservesCashFlowStatement ChangeInOtherCurrentAssetsCashFlowStatement
    ChangeInOtherCurrentLiabilitiesCashFlowStatement ChangeInOtherWorkingCapitalCashFlowStatement
    ChangeInPayableCashFlowStatement ChangeInPayablesAndAccruedExpenseCashFlowStatement
    ChangeInPrepaidAssetsCashFlowStatement ChangeInReceivablesCashFlowStatement
    ChangeInReinsuranceRecoverableOnPaidAndUnpaidLossesCashFlowStatement ChangeInRestrictedCashCashFlowStatement
    ChangeInTaxPayableCashFlowStatement ChangeInTradingAccountSecuritiesCashFlowStatement
    ChangeInUnearnedPremiumsCashFlowStatement ChangeInWorkingCapitalCashFlowStatement
    ChangeinAccruedIncomeCashFlowStatement ChangeinAdvancesfromCentralBanksCashFlowStatement
    ChangeinCashSupplementalAsReportedCashFlowStatement ChangeinDeferredAcquisitionCostsNetCashFlowStatement
    ChangeinDepositsbyBanksandCustomersCashFlowStatement ChangeinFinancialAssetsCashFlowStatement
    ChangeinFinancialLiabilitiesCashFlowStatement ChangeinInsuranceContractAssetsCashFlowStatement
    ChangeinInsuranceContractLiabilitiesCashFlowStatement ChangeinInsuranceFundsCashFlowStatement
    ChangeinInsuranceLiabilitiesNetofReinsuranceIncomeStatement ChangeinInvestmentContractIncomeStatement
    ChangeinInvestmentContractLiabilitiesCashFlowStatement ChangeinReinsuranceReceivablesCashFlowStatement
    ChangeinTheGrossProvisionforUnearnedPremiumsIncomeStatement
    ChangeinTheGrossProvisionforUnearnedPremiumsReinsurersShareIncomeStatement
    ChangesInAccountReceivablesCashFlowStatement ChangesInCashCashFlowStatement Channel ChannelStatus
    CharlesSchwabBrokerageModel CharlesSchwabFeeModel CharlesSchwabOrderProperties Chart ChartPoint
    ChartSeriesJsonConverter ChartType ChoppinessIndex ClaimsOutstandingBalanceSheet ClaimsPaidCashFlowStatement
    ClaimsandChangeinInsuranceLiabilitiesIncomeStatement ClaimsandPaidIncurredIncomeStatement
    ClassesofCashPaymentsCashFlowStatement ClassesofCashReceiptsfromOperatingActivitiesCashFlowStatement
    ClassicRangeConsolidator ClassicRenkoConsolidator ClosingMarubozu CoarseFundamental CoarseFundamentalDataProvider
    CoarseFundamentalUniverse CoinbaseBrokerageModel CoinbaseFeeModel CoinbaseOrderProperties Collective2SignalExport
    Color ComTreShaNumBalanceSheet ComboLegLimitOrder ComboLimitOrder ComboMarketOrder ComboOrder
    CommandPythonWrapper CommercialLoanBalanceSheet CommercialPaperBalanceSheet CommissionExpensesIncomeStatement
    CommissionPaidCashFlowStatement CommodityChannelIndex CommonEquityToAssets CommonStockBalanceSheet
    CommonStockDividendPaidCashFlowStatement CommonStockEquityBalanceSheet CommonStockIssuanceCashFlowStatement
    CommonStockPaymentsCashFlowStatement CommonUtilityPlantBalanceSheet CompanyProfile CompanyReference
    CompositeAlphaModel CompositeIndicator CompositePositionGroupResolver CompositeRiskManagementModel
    CompositeSecurityInitializer CompositeTimeRule CompositeUniverseSelectionModel ConcealedBabySwallow
    ConnorsRelativeStrengthIndex ConsolidatorBase ConstantBuyingPowerModel ConstantCurrencyConversion
    ConstantDividendYieldModel ConstantFeeModel ConstantIndicator ConstantOptionStrategyLegPredicateReferenceValue
    ConstantOptionStrategyLegReferenceValue ConstantQLDividendYieldEstimator ConstantQLRiskFreeRateEstimator
    ConstantQLUnderlyingVolatilityEstimator ConstantRiskFreeRateInterestRateModel ConstantSlippageModel
    ConstituentUniverseDefinitions ConstituentsUniverse ConstituentsUniverseData ConstructionInProgressBalanceSheet
    ConsumerLoanBalanceSheet ContinuingAndDiscontinuedBasicEPS ContinuingAndDiscontinuedDilutedEPS
    ContinuousContractUniverse ContractSecurityFilterUniverse ContractSymbolProperties ConvertibleCashAmount
    ConvertibleLoansCurrentBalanceSheet ConvertibleLoansNonCurrentBalanceSheet ConvertibleLoansTotalBalanceSheet
    CoppockCurve CorporateFactorProvider CorporateFactorRow Correlation CorrelationType CostOfRevenueIncomeStatement
    Counterattack Country Covariance CreditCardIncomeStatement CreditLossesProvisionIncomeStatement
    CreditRiskProvisionsIncomeStatement CrunchDAOSignalExport Crypto CryptoExchange CryptoFuture CryptoFutureExchange
    CryptoFutureHolding CryptoFutureMarginModel CryptoHolding Currencies CurrentAccruedExpensesBalanceSheet
    CurrentAssetsBalanceSheet CurrentCapitalLeaseObligationBalanceSheet
    CurrentDebtAndCapitalLeaseObligationBalanceSheet CurrentDebtBalanceSheet CurrentDeferredAssetsBalanceSheet
    CurrentDeferredLiabilitiesBalanceSheet CurrentDeferredRevenueBalanceSheet CurrentDeferredTaxesAssetsBalanceSheet
    CurrentDeferredTaxesLiabilitiesBalanceSheet CurrentLiabilitiesBalanceSheet CurrentNotesPayableBalanceSheet
    CurrentOtherFinancialLiabilitiesBalanceSheet CurrentPriceOptionPriceModel CurrentProvisionsBalanceSheet
    CurrentRatio CurrentRatioGrowth CustomUniverse CustomUniverseSelectionModel CustomerAcceptancesBalanceSheet
    CustomerAccountsBalanceSheet DDACostofRevenueIncomeStatement DPSGrowth DarkCloudCover
    DataAggregatorInitializeParameters DataConsolidator DataConsolidatorPythonWrapper DataDictionary
    DataDictionaryExtensions DataDownloaderGetParameters DataFeedEndpoint DataHistory DataMappingMode DataMonitor
    DataMonitorReport DataNormalizationMode DataProviderEventArgs DataQueueHandlerSubscriptionManager DateFormat
    DateRules DayTimeInForce DaysInInventory DaysInPayment DaysInSales DeMarkerIndicator DebtDueBeyondBalanceSheet
    DebtDueInYear1BalanceSheet DebtDueInYear2BalanceSheet DebtDueInYear5BalanceSheet DebtSecuritiesBalanceSheet
    DebtSecuritiesinIssueBalanceSheet DebtToAssets DebtTotalBalanceSheet
    DecreaseInInterestBearingDepositsInBankCashFlowStatement DefaultBrokerageMessageHandler DefaultBrokerageModel
    DefaultConverter DefaultExerciseModel DefaultMarginCallModel DefaultOptionAssignmentModel
    DefaultOptionPositionCollectionEnumerator DeferredAssetsBalanceSheet DeferredCostsBalanceSheet
    DeferredIncomeTaxCashFlowStatement DeferredIncomeTotalBalanceSheet DeferredPolicyAcquisitionCostsBalanceSheet
    DeferredTaxAssetsBalanceSheet DeferredTaxCashFlowStatement DeferredTaxLiabilitiesTotalBalanceSheet
    DefinedPensionBenefitBalanceSheet Delay DelayedSettlementModel Delisting DelistingNotificationEventArgs
    DelistingType Delistings Delta DepletionCashFlowStatement DepletionIncomeStatement DeploymentTarget
    DepositCertificatesBalanceSheet DepositsMadeunderAssumedReinsuranceContractBalanceSheet
    DepositsReceivedunderCededInsuranceContractBalanceSheet DepositsbyBankBalanceSheet
    DepreciationAmortizationDepletionCashFlowStatement DepreciationAmortizationDepletionIncomeStatement
    DepreciationAndAmortizationCashFlowStatement DepreciationAndAmortizationIncomeStatement
    DepreciationCashFlowStatement DepreciationIncomeStatement DepreciationSupplementalIncomeStatement
    DerivativeAssetsBalanceSheet DerivativeOscillator DerivativeProductLiabilitiesBalanceSheet
    DescendingByLegCountOptionStrategyDefinitionEnumerator DetrendedPriceOscillator DilutedAccountingChange
    DilutedAverageShares DilutedContEPSGrowth DilutedContinuousOperations DilutedDiscontinuousOperations DilutedEPS
    DilutedEPSGrowth DilutedEPSOtherGainsLosses DilutedExtraordinary DilutedNIAvailtoComStockholdersIncomeStatement
    DiskDataCacheProvider Dividend DividendCoverageRatio DividendIncomeIncomeStatement
    DividendPaidCFOCashFlowStatement DividendPerShare DividendReceivedCFOCashFlowStatement
    DividendYieldModelPythonWrapper DividendYieldProvider Dividends DividendsPaidDirectCashFlowStatement
    DividendsPayableBalanceSheet DividendsReceivedCFICashFlowStatement DividendsReceivedDirectCashFlowStatement
    DocumentationAttribute Doji DojiStar DollarVolumeRenkoConsolidator DollarVolumeUniverseDefinitions
    DonchianChannel DoubleExponentialMovingAverage DowngradeErrorCodeToWarningBrokerageMessageHandler
    DownloadFailedEventArgs DownloaderExtensions DragonflyDoji DrawdownMetrics DualSymbolIndicator
    DueFromRelatedPartiesBalanceSheet DuefromRelatedPartiesCurrentBalanceSheet
    DuefromRelatedPartiesNonCurrentBalanceSheet DuetoRelatedPartiesBalanceSheet
    DuetoRelatedPartiesCurrentBalanceSheet DuetoRelatedPartiesNonCurrentBalanceSheet DynamicData
    DynamicDataConsolidator DynamicSecurityData EBITDAGrowth EBITDAIncomeStatement EBITDAMargin EBITIncomeStatement
    EBITMargin ETFConstituentData ETFConstituentUniverse ETFConstituentsUniverseFactory EarningRatios EarningReports
    EarningReportsAccessionNumber EarningReportsFileDate EarningReportsFormType EarningReportsPeriodEndingDate
    EarningReportsPeriodType EarningsFromEquityInterestIncomeStatement
    EarningsLossesFromEquityInvestmentsCashFlowStatement EarningsfromEquityInterestNetOfTaxIncomeStatement
    EaseOfMovementValue EffectOfExchangeRateChangesCashFlowStatement EffectiveTaxRateAsReportedIncomeStatement
    ElectricUtilityPlantBalanceSheet EmployeeBenefitsBalanceSheet EmptyContractFilter EmptyFutureChainProvider
    EmptyOptionChainProvider EndCashPositionCashFlowStatement Engulfing EquipmentIncomeStatement Equity
    EquityAttributableToOwnersOfParentBalanceSheet EquityCache EquityDataFilter EquityExchange EquityFillModel
    EquityHolding EquityInvestmentsBalanceSheet EquityPerShareGrowth EquityPriceVariationModel
    EquitySharesInvestmentsBalanceSheet ErrorCurrencyConverter EveningDojiStar EveningStar
    EventBasedDataQueueHandlerSubscriptionManager ExanteBrokerageModel ExanteFeeModel
    ExcessTaxBenefitFromStockBasedCompensationCashFlowStatement Exchange Exchanges ExciseTaxesIncomeStatement
    ExecutionModel ExecutionModelPythonWrapper ExpenseRatio Expiry
    ExplorationDevelopmentAndMineralPropertyLeaseExpensesIncomeStatement ExponentialMovingAverage ExtendedDictionary
    Extensions EzeBrokerageModel EzeFeeModel EzeOrderProperties FCFGrowth FCFNetIncomeRatio FCFPerShareGrowth
    FCFSalesRatio FCFtoCFO FTXBrokerageModel FTXFeeModel FTXOrderProperties FTXUSBrokerageModel FTXUSFeeModel
    FactorFile FactorFileZipHelper FedRateQLRiskFreeRateEstimator
    FederalFundsPurchasedAndSecuritiesSoldUnderAgreementToRepurchaseBalanceSheet FederalFundsPurchasedBalanceSheet
    FederalFundsSoldAndSecuritiesPurchaseUnderAgreementsToResellBalanceSheet FederalFundsSoldBalanceSheet
    FederalHomeLoanBankStockBalanceSheet FeeModel FeeModelExtensions FeeModelPythonWrapper
    FeeRevenueAndOtherIncomeIncomeStatement FeesAndCommissionsIncomeStatement FeesandCommissionExpenseIncomeStatement
    FeesandCommissionIncomeIncomeStatement Field FileExtension FileFormat Fill FillGroupingMethod FillMatchingMethod
    FillModel FillModelParameters FillModelPythonWrapper FilteredIdentity FilteredIdentityDataConsolidator
    FinanceLeaseReceivablesBalanceSheet FinanceLeaseReceivablesCurrentBalanceSheet
    FinanceLeaseReceivablesNonCurrentBalanceSheet FinancialAssetsBalanceSheet
    FinancialAssetsDesignatedasFairValueThroughProfitorLossTotalBalanceSheet
    FinancialInstrumentsSoldUnderAgreementsToRepurchaseBalanceSheet FinancialLeverage
    FinancialLiabilitiesCurrentBalanceSheet
    FinancialLiabilitiesDesignatedasFairValueThroughProfitorLossTotalBalanceSheet
    FinancialLiabilitiesMeasuredatAmortizedCostTotalBalanceSheet FinancialLiabilitiesNonCurrentBalanceSheet
    FinancialOrDerivativeInvestmentCurrentLiabilitiesBalanceSheet FinancialStatements
    FinancialStatementsAccessionNumber FinancialStatementsFileDate FinancialStatementsFormType
    FinancialStatementsPeriodEndingDate FinancialStatementsPeriodType FinancingCashFlowCashFlowStatement
    FineFundamental FineFundamentalFilteredUniverse FineFundamentalUniverse FinishedGoodsBalanceSheet FisherTransform
    FixAssetsTuronver FixOrderProperites FixOrderProperties FixedAssetsRevaluationReserveBalanceSheet
    FixedMaturityInvestmentsBalanceSheet FlightFleetVehicleAndRelatedEquipmentsBalanceSheet
    FluentScheduledEventBuilder ForceIndex ForeclosedAssetsBalanceSheet
    ForeignCurrencyTranslationAdjustmentsBalanceSheet ForeignExchangeTradingGainsIncomeStatement Forex ForexCache
    ForexDataFilter ForexExchange ForexHolding FractalAdaptiveMovingAverage FreeCashFlowCashFlowStatement
    FuelAndPurchasePowerIncomeStatement FuelIncomeStatement FuncBenchmark FuncDateRule
    FuncRiskFreeRateInterestRateModel FuncSecurityDerivativeFilter FuncSecurityInitializer FuncSecuritySeeder
    FuncTimeRule FuncUniverse FunctionalIndicator FunctionalOptionPositionCollectionEnumerator
    FundFromOperationCashFlowStatement Fundamental FundamentalFilteredUniverse FundamentalInstanceProvider
    FundamentalProperty FundamentalService FundamentalTimeDependentProperty FundamentalUniverse
    FundamentalUniverseFactory Fundamentals Future FutureCache FutureExchange FutureExpirationCycles FutureFillModel
    FutureFilterUniverse FutureFilterUniverseEx FutureHolding FutureMarginModel FutureOption FutureOptionCache
    FutureOptionFillModel FutureOptionSymbol FuturePolicyBenefitsBalanceSheet FutureSettlementModel FutureSymbol
    FutureUniverse Futures FuturesChain FuturesChainUniverse FuturesChains FuturesContract FuturesContracts
    FuturesExpiryFunctions FuturesExpiryUtilityFunctions FuturesListings FuturesOptionsExpiryFunctions
    FuturesOptionsMarginModel FuturesOptionsSymbolMappings FuturesOptionsUnderlyingMapper FxcmBrokerageModel
    FxcmFeeModel FxcmVolume GDAXBrokerageModel GDAXFeeModel GDAXOrderProperties
    GainLossOnInvestmentSecuritiesCashFlowStatement GainLossOnSaleOfBusinessCashFlowStatement
    GainLossOnSaleOfPPECashFlowStatement GainLossonDerecognitionofAvailableForSaleFinancialAssetsIncomeStatement
    GainLossonFinancialInstrumentsDesignatedasCashFlowHedgesIncomeStatement GainLossonSaleofAssetsIncomeStatement
    GainOnSaleOfBusinessIncomeStatement GainOnSaleOfPPEIncomeStatement GainOnSaleOfSecurityIncomeStatement
    GainonInvestmentPropertiesIncomeStatement GainonSaleofInvestmentPropertyIncomeStatement
    GainonSaleofLoansIncomeStatement GainsLossesNotAffectingRetainedEarningsBalanceSheet
    GainsLossesonFinancialInstrumentsDuetoFairValueAdjustmentsinHedgeAccountingTotalIncomeStatement Gamma
    GapSideBySideWhite GeneralAndAdministrativeExpenseIncomeStatement GeneralPartnershipCapitalBalanceSheet
    GeneratedInsightsCollection GetMaximumLotsForDeltaBuyingPowerParameters
    GetMaximumLotsForTargetBuyingPowerParameters GetMaximumLotsResult
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters GetMaximumOrderQuantityForTargetBuyingPowerParameters
    GetMaximumOrderQuantityResult GetMinimumPriceVariationParameters GetSetPropertyDynamicMetaObject
    GetSubscriptionRequestsUniverseDecorator Globals GoodTilCanceledTimeInForce GoodTilDateTimeInForce
    GoodwillAndOtherIntangibleAssetsBalanceSheet GoodwillBalanceSheet GravestoneDoji Greeks GreeksIndicators
    GrossAccountsReceivableBalanceSheet GrossDividendPaymentIncomeStatement GrossLoanBalanceSheet GrossMargin
    GrossMargin5YrAvg GrossNotesReceivableBalanceSheet GrossPPEBalanceSheet GrossPremiumsWrittenIncomeStatement
    GrossProfitAnnual5YrGrowth GrossProfitIncomeStatement GroupOrderCacheManager GroupOrderExtensions
    GroupOrderManager Hammer HangingMan Harami HaramiCross HasSufficientBuyingPowerForOrderParameters
    HasSufficientBuyingPowerForOrderResult HasSufficientPositionGroupBuyingPowerForOrderParameters
    HedgingAssetsCurrentBalanceSheet HeikinAshi HeldToMaturitySecuritiesBalanceSheet HighWaveCandle Hikkake
    HikkakeModified HistoryExtensions HistoryProviderBase HistoryProviderInitializeParameters HistoryRequest
    HistoryRequestFactory Holding HomingPigeon HullMovingAverage HurstExponent IchimokuKinkoHyo IdenticalThreeCrows
    Identity IdentityCurrencyConverter IdentityDataConsolidator IdentityOptionStrategyDefinitionEnumerator
    ImmediateExecutionModel ImmediateFillModel ImmediateSettlementModel
    ImpairmentLossReversalRecognizedinProfitorLossCashFlowStatement
    ImpairmentLossesReversalsFinancialInstrumentsNetIncomeStatement ImpairmentOfCapitalAssetsIncomeStatement
    ImpliedVolatility InNeck IncomeStatement IncomeStatementFileDate IncomeTaxPaidSupplementalDataCashFlowStatement
    IncomeTaxPayableBalanceSheet IncomefromAssociatesandOtherParticipatingInterestsIncomeStatement
    IncreaseDecreaseInDepositCashFlowStatement IncreaseDecreaseInLeaseFinancingCashFlowStatement
    IncreaseDecreaseInNetUnearnedPremiumReservesIncomeStatement
    IncreaseInInterestBearingDepositsInBankCashFlowStatement IncreaseInLeaseFinancingCashFlowStatement Index
    IndexCache IndexDataFilter IndexExchange IndexHolding IndexOption IndexOptionCache IndexOptionPriceVariationModel
    IndexOptionSymbol IndexOptionSymbolProperties IndexSymbol IndexedBaseData IndexedLinkedData IndexedLinkedData2
    IndiaFeeModel IndiaOrderProperties Indicator IndicatorBase IndicatorBasedOptionPriceModel
    IndicatorBasedOptionPriceModelProvider IndicatorDataPoint IndicatorDataPoints IndicatorExtensions
    IndicatorHistory IndicatorResult IndicatorStatus IndicatorVolatilityModel InitialMargin InitialMarginParameters
    InitialMarginRequiredForOrderParameters Insight InsightCollection InsightDirection InsightManager InsightScore
    InsightScoreFunctionPythonWrapper InsightScoreType InsightType InsuranceAndClaimsIncomeStatement
    InsuranceContractAssetsBalanceSheet InsuranceContractLiabilitiesBalanceSheet InsuranceFundsNonCurrentBalanceSheet
    InteractiveBrokersBrokerageModel InteractiveBrokersFeeModel InteractiveBrokersFixModel
    InteractiveBrokersFixOrderProperties InteractiveBrokersOrderProperties InteractiveBrokersShortableProvider
    InterestBearingBorrowingsNonCurrentBalanceSheet InterestBearingDepositsAssetsBalanceSheet
    InterestBearingDepositsLiabilitiesBalanceSheet InterestCoverage
    InterestCreditedOnPolicyholderDepositsCashFlowStatement InterestExpenseForDepositIncomeStatement
    InterestExpenseForFederalFundsSoldAndSecuritiesPurchaseUnderAgreementsToResellIncomeStatement
    InterestExpenseForLongTermDebtAndCapitalSecuritiesIncomeStatement InterestExpenseForShortTermDebtIncomeStatement
    InterestExpenseIncomeStatement InterestExpenseNonOperatingIncomeStatement
    InterestIncomeAfterProvisionForLoanLossIncomeStatement InterestIncomeFromDepositsIncomeStatement
    InterestIncomeFromFederalFundsSoldAndSecuritiesPurchaseUnderAgreementsToResellIncomeStatement
    InterestIncomeFromLeasesIncomeStatement InterestIncomeFromLoansAndLeaseIncomeStatement
    InterestIncomeFromLoansIncomeStatement InterestIncomeFromSecuritiesIncomeStatement InterestIncomeIncomeStatement
    InterestIncomeNonOperatingIncomeStatement InterestPaidCFFCashFlowStatement InterestPaidCFOCashFlowStatement
    InterestPaidDirectCashFlowStatement InterestPaidSupplementalDataCashFlowStatement InterestPayableBalanceSheet
    InterestRateProvider InterestReceivedCFICashFlowStatement InterestReceivedCFOCashFlowStatement
    InterestReceivedDirectCashFlowStatement InterestandCommissionPaidCashFlowStatement InternalBarStrength
    InternalIndicatorValues IntradayVwap IntrinioConfig IntrinioDataTransformation IntrinioEconomicData
    IntrinioEconomicDataSources InvalidConfigurationDetectedEventArgs InventoriesAdjustmentsAllowancesBalanceSheet
    InventoryBalanceSheet InventoryTurnover InventoryValuationMethod InvertedHammer InvestedCapitalBalanceSheet
    InvestingCashFlowCashFlowStatement InvestmentBankingProfitIncomeStatement
    InvestmentContractLiabilitiesBalanceSheet InvestmentContractLiabilitiesIncurredIncomeStatement
    InvestmentPropertiesBalanceSheet InvestmentinFinancialAssetsBalanceSheet InvestmentsAndAdvancesBalanceSheet
    InvestmentsInOtherVenturesUnderEquityMethodBalanceSheet InvestmentsinAssociatesatCostBalanceSheet
    InvestmentsinJointVenturesatCostBalanceSheet InvestmentsinSubsidiariesatCostBalanceSheet Isolator
    IsolatorLimitResult IsolatorLimitResultProvider IssuanceOfCapitalStockCashFlowStatement
    IssuanceOfDebtCashFlowStatement IssueExpensesCashFlowStatement
    ItemsinTheCourseofTransmissiontoOtherBanksBalanceSheet KaufmanAdaptiveMovingAverage KaufmanEfficiencyRatio
    KeltnerChannels Kicking KickingByLength KlingerVolumeOscillator KnowSureThing KrakenBrokerageModel KrakenFeeModel
    KrakenOrderProperties LadderBottom LandAndImprovementsBalanceSheet Language LatestPriceFillModel LeanDataWriter
    LeasesBalanceSheet LeastSquaresMovingAverage Leg LiabilitiesHeldforSaleCurrentBalanceSheet
    LiabilitiesHeldforSaleNonCurrentBalanceSheet LiabilitiesHeldforSaleTotalBalanceSheet
    LiabilitiesOfDiscontinuedOperationsBalanceSheet LimitIfTouchedOrder LimitOrder
    LimitedPartnershipCapitalBalanceSheet LineOfCreditBalanceSheet LinearWeightedMovingAverage LinkedData
    LoansHeldForSaleBalanceSheet LoansReceivableBalanceSheet LoansandAdvancestoBankBalanceSheet
    LoansandAdvancestoCustomerBalanceSheet LocalDiskFactorFileProvider LocalDiskMapFileProvider
    LocalDiskShortableProvider LocalMarketHours LocalTimeKeeper LocalZipFactorFileProvider LocalZipMapFileProvider
    LogReturn LongLeggedDoji LongLineCandle LongTermCapitalLeaseObligationBalanceSheet
    LongTermDebtAndCapitalLeaseObligationBalanceSheet LongTermDebtBalanceSheet LongTermDebtEquityRatio
    LongTermDebtIssuanceCashFlowStatement LongTermDebtPaymentsCashFlowStatement LongTermDebtTotalCapitalRatio
    LongTermInvestmentsBalanceSheet LongTermProvisionsBalanceSheet LossAdjustmentExpenseIncomeStatement LossRatio
    LossonExtinguishmentofDebtIncomeStatement MachineryFurnitureEquipmentBalanceSheet
    MaintenanceAndRepairsIncomeStatement MaintenanceMargin MaintenanceMarginParameters ManualUniverse
    ManualUniverseSelectionModel MapFile MapFilePrimaryExchangeProvider MapFileResolver MapFileRow MapFileZipHelper
    MappingContractFactorProvider MappingContractFactorRow MappingExtensions MarginCallModel
    MarginCallModelPythonWrapper MarginCallOrdersParameters MarginInterestRate MarginInterestRateModel
    MarginInterestRateModelPythonWrapper MarginInterestRateParameters MarginInterestRates MarginRequirementsEntry
    Market MarketDataType MarketHourAwareConsolidator MarketHoursDatabase MarketHoursSegment MarketHoursState
    MarketImpactSlippageModel MarketOnCloseOrder MarketOnOpenOrder MarketOrder MarketProfile Marubozu MassIndex
    MatHold MatchingLow MaterialsAndSuppliesBalanceSheet Maximum McClellanOscillator McClellanSummationIndex
    McGinleyDynamic MeanAbsoluteDeviation MesaAdaptiveMovingAverage MidPoint MidPrice MineralPropertiesBalanceSheet
    Minimum MinimumPensionLiabilitiesBalanceSheet MinorityInterestBalanceSheet MinorityInterestCashFlowStatement
    MinorityInterestsIncomeStatement ModifiedFillQuantityOrderFee Momentum MomentumPercent Momersion
    MomersionIndicator MoneyFlowIndex MoneyMarketInvestmentsBalanceSheet MorningDojiStar MorningStar
    MorningstarEconomySphereCode MorningstarIndustryCode MorningstarIndustryGroupCode MorningstarSectorCode
    MortgageAndConsumerloansBalanceSheet MortgageLoanBalanceSheet MovingAverageConvergenceDivergence
    MovingAverageType MovingAverageTypeExtensions MultiPeriodField MultiPeriodFieldLong MultiSymbolIndicator
    NaturalGasFuelAndOtherBalanceSheet NegativeGoodwillImmediatelyRecognizedIncomeStatement
    NetBusinessPurchaseAndSaleCashFlowStatement NetCashFromDiscontinuedOperationsCashFlowStatement
    NetCommonStockIssuanceCashFlowStatement NetDebtBalanceSheet NetForeignCurrencyExchangeGainLossCashFlowStatement
    NetForeignExchangeGainLossIncomeStatement NetIncomeCommonStockholdersIncomeStatement NetIncomeContOpsGrowth
    NetIncomeContinuousOperationsIncomeStatement NetIncomeContinuousOperationsNetMinorityInterestIncomeStatement
    NetIncomeDiscontinuousOperationsIncomeStatement NetIncomeExtraordinaryIncomeStatement
    NetIncomeFromContinuingAndDiscontinuedOperationIncomeStatement
    NetIncomeFromContinuingOperationNetMinorityInterestIncomeStatement
    NetIncomeFromContinuingOperationsCashFlowStatement NetIncomeFromTaxLossCarryforwardIncomeStatement
    NetIncomeGrowth NetIncomeIncludingNoncontrollingInterestsIncomeStatement NetIncomeIncomeStatement
    NetIncomePerEmployee NetIntangiblesPurchaseAndSaleCashFlowStatement NetInterestIncomeIncomeStatement
    NetInvestmentIncomeIncomeStatement NetInvestmentPropertiesPurchaseAndSaleCashFlowStatement
    NetInvestmentPurchaseAndSaleCashFlowStatement NetIssuancePaymentsOfDebtCashFlowStatement NetLoanBalanceSheet
    NetLongTermDebtIssuanceCashFlowStatement NetMargin NetNonOperatingInterestIncomeExpenseIncomeStatement
    NetOccupancyExpenseIncomeStatement NetOtherFinancingChargesCashFlowStatement
    NetOtherInvestingChangesCashFlowStatement NetOutwardLoansCashFlowStatement NetPPEBalanceSheet
    NetPPEPurchaseAndSaleCashFlowStatement NetPolicyholderBenefitsAndClaimsIncomeStatement
    NetPreferredStockIssuanceCashFlowStatement NetPremiumsWrittenIncomeStatement
    NetProceedsPaymentForLoanCashFlowStatement NetRealizedGainLossOnInvestmentsIncomeStatement
    NetShortTermDebtIssuanceCashFlowStatement NetTangibleAssetsBalanceSheet NetTradingIncomeIncomeStatement
    NetUtilityPlantBalanceSheet NewBrokerageOrderNotificationEventArgs NewHighsNewLows NewHighsNewLowsVolume
    NewTradableDateEventArgs NonCurrentAccountsReceivableBalanceSheet NonCurrentAccruedExpensesBalanceSheet
    NonCurrentDeferredAssetsBalanceSheet NonCurrentDeferredLiabilitiesBalanceSheet
    NonCurrentDeferredRevenueBalanceSheet NonCurrentDeferredTaxesAssetsBalanceSheet
    NonCurrentDeferredTaxesLiabilitiesBalanceSheet NonCurrentNoteReceivablesBalanceSheet
    NonCurrentOtherFinancialLiabilitiesBalanceSheet NonCurrentPensionAndOtherPostretirementBenefitPlansBalanceSheet
    NonCurrentPrepaidAssetsBalanceSheet NonInterestBearingBorrowingsCurrentBalanceSheet
    NonInterestBearingBorrowingsNonCurrentBalanceSheet NonInterestBearingBorrowingsTotalBalanceSheet
    NonInterestBearingDepositsBalanceSheet NonInterestExpenseIncomeStatement NonInterestIncomeIncomeStatement
    NormalizedAverageTrueRange NormalizedBasicEPS NormalizedBasicEPSGrowth NormalizedDilutedEPS
    NormalizedDilutedEPSGrowth NormalizedEBITAsReportedIncomeStatement NormalizedEBITDAAsReportedIncomeStatement
    NormalizedEBITDAIncomeStatement NormalizedIncomeAsReportedIncomeStatement NormalizedIncomeIncomeStatement
    NormalizedNetProfitMargin NormalizedOperatingProfitAsReportedIncomeStatement
    NormalizedPreTaxIncomeIncomeStatement NormalizedROIC NotesReceivableBalanceSheet NullAlphaModel
    NullBuyingPowerModel NullData NullExecutionModel NullOptionAssignmentModel NullPortfolioConstructionModel
    NullRiskManagementModel NullSecurityPositionGroupModel NullShortableProvider NullSlippageModel
    NullUniverseSelectionModel NumberOfShareHolders NumeraiSignalExport NumericalPrecisionLimitedEventArgs
    OandaBrokerageModel OccupancyAndEquipmentIncomeStatement OnBalanceVolume OnNeck OpenInterest
    OpenInterestConsolidator OperatingCashFlowCashFlowStatement OperatingExpenseAsReportedIncomeStatement
    OperatingExpenseIncomeStatement OperatingGainsLossesCashFlowStatement OperatingIncomeIncomeStatement
    OperatingLeaseAssetsBalanceSheet OperatingRevenueIncomeStatement OperationAndMaintenanceIncomeStatement
    OperationIncomeGrowth OperationMargin OperationRatios OperationRevenueGrowth3MonthAvg Option
    OptionAssignmentModelPythonWrapper OptionAssignmentParameters OptionAssignmentResult OptionCache OptionChain
    OptionChainUniverse OptionChainedUniverseSelectionModel OptionChains OptionContract OptionContractUniverse
    OptionContracts OptionDataFilter OptionExchange OptionExerciseModelPythonWrapper OptionExerciseOrder
    OptionFilterUniverse OptionFilterUniverseEx OptionGreekIndicatorsHelper OptionGreeksIndicatorBase OptionHolding
    OptionIndicatorBase OptionInitialMargin OptionMarginModel OptionNotificationEventArgs OptionPortfolioModel
    OptionPosition OptionPositionCollection OptionPriceModel OptionPriceModelParameters OptionPriceModelPythonWrapper
    OptionPriceModelResult OptionPriceModels OptionPricingModelType OptionRight OptionStrategies OptionStrategy
    OptionStrategyDefinition OptionStrategyDefinitionMatch OptionStrategyDefinitions OptionStrategyLegDefinition
    OptionStrategyLegDefinitionMatch OptionStrategyLegPredicate OptionStrategyLegPredicateReferenceValue
    OptionStrategyMatch OptionStrategyMatcher OptionStrategyMatcherOptions
    OptionStrategyPositionGroupBuyingPowerModel OptionStrategyPositionGroupResolver OptionStyle OptionSymbol
    OptionSymbolProperties OptionUniverse Order OrderDirection OrderError OrderEvent OrderExtensions OrderFee
    OrderFeeParameters OrderField OrderJsonConverter OrderPosition OrderProperties OrderProviderExtensions
    OrderRequest OrderRequestStatus OrderRequestType OrderResponse OrderResponseErrorCode OrderSizing OrderStatus
    OrderSubmissionData OrderTicket OrderType OrderUpdateEvent OrdersResponseWrapper OrdinarySharesNumberBalanceSheet
    OtherAssetsBalanceSheet OtherBorrowedFundsBalanceSheet OtherCapitalStockBalanceSheet
    OtherCashAdjustExcludeFromChangeinCashCashFlowStatement OtherCashAdjustIncludedIntoChangeinCashCashFlowStatement
    OtherCashPaymentsfromOperatingActivitiesCashFlowStatement
    OtherCashReceiptsfromOperatingActivitiesCashFlowStatement OtherCostofRevenueIncomeStatement
    OtherCurrentAssetsBalanceSheet OtherCurrentBorrowingsBalanceSheet OtherCurrentLiabilitiesBalanceSheet
    OtherCustomerServicesIncomeStatement OtherEquityAdjustmentsBalanceSheet OtherEquityInterestBalanceSheet
    OtherFinancialLiabilitiesBalanceSheet OtherGAIncomeStatement OtherIncomeExpenseIncomeStatement
    OtherIntangibleAssetsBalanceSheet OtherInterestExpenseIncomeStatement OtherInterestIncomeIncomeStatement
    OtherInventoriesBalanceSheet OtherInvestedAssetsBalanceSheet OtherInvestmentsBalanceSheet
    OtherLiabilitiesBalanceSheet OtherLoanAssetsBalanceSheet OtherLoansCurrentBalanceSheet
    OtherLoansNonCurrentBalanceSheet OtherLoansTotalBalanceSheet OtherNonCashItemsCashFlowStatement
    OtherNonCurrentAssetsBalanceSheet OtherNonCurrentLiabilitiesBalanceSheet OtherNonInterestExpenseIncomeStatement
    OtherNonInterestIncomeIncomeStatement OtherNonOperatingExpensesIncomeStatement
    OtherNonOperatingIncomeExpensesIncomeStatement OtherNonOperatingIncomeIncomeStatement
    OtherOperatingExpensesIncomeStatement OtherOperatingIncomeTotalIncomeStatement
    OtherOperatingInflowsOutflowsofCashCashFlowStatement OtherPayableBalanceSheet OtherPropertiesBalanceSheet
    OtherRealEstateOwnedBalanceSheet OtherReceivablesBalanceSheet OtherReservesBalanceSheet
    OtherShortTermInvestmentsBalanceSheet OtherSpecialChargesIncomeStatement OtherStaffCostsIncomeStatement
    OtherTaxesIncomeStatement OtherUnderwritingExpensesPaidCashFlowStatement
    OtherunderPreferredStockDividendIncomeStatement PandasColumnAttribute PandasConverter PandasData
    PandasIgnoreAttribute PandasIgnoreMembersAttribute PandasNonExpandableAttribute ParabolicStopAndReverse
    ParabolicStopAndReverseExtended Parse PatternDayTradingMarginModel PayablesAndAccruedExpensesBalanceSheet
    PayablesBalanceSheet PaymentForLoansCashFlowStatement PaymentTurnover
    PaymentsonBehalfofEmployeesCashFlowStatement PaymentstoSuppliersforGoodsandServicesCashFlowStatement
    PensionAndEmployeeBenefitExpenseCashFlowStatement PensionAndOtherPostretirementBenefitPlansTotalBalanceSheet
    PensionCostsIncomeStatement PensionandOtherPostRetirementBenefitPlansCurrentBalanceSheet
    PercentagePriceOscillator PerformanceMetrics Period PeriodAuditor PeriodCountConsolidatorBase Piercing PivotPoint
    PivotPointType PivotPointsEventArgs PivotPointsHighLow PlaceHolder PolicyAcquisitionExpenseIncomeStatement
    PolicyLoansBalanceSheet PolicyReservesBenefitsBalanceSheet PolicyholderBenefitsCededIncomeStatement
    PolicyholderBenefitsGrossIncomeStatement PolicyholderDepositInvestmentReceivedCashFlowStatement
    PolicyholderDividendsIncomeStatement PolicyholderFundsBalanceSheet PolicyholderInterestIncomeStatement
    PortfolioBias PortfolioConstructionModel PortfolioConstructionModelPythonWrapper PortfolioMarginChart
    PortfolioState PortfolioStatistics PortfolioTarget PortfolioTargetCollection Position PositionCollection
    PositionExtensions PositionGroup PositionGroupBuyingPower PositionGroupBuyingPowerModel
    PositionGroupBuyingPowerModelExtensions PositionGroupBuyingPowerParameters PositionGroupCollection
    PositionGroupExtensions PositionGroupInitialMarginForOrderParameters PositionGroupInitialMarginParameters
    PositionGroupKey PositionGroupMaintenanceMarginParameters PositionGroupState PositionSide PostTaxMargin5YrAvg
    PreTaxMargin5YrAvg PreTreShaNumBalanceSheet PredicateTargetValue
    PreferredSecuritiesOutsideStockEquityBalanceSheet PreferredSharesNumberBalanceSheet PreferredStockBalanceSheet
    PreferredStockDividendPaidCashFlowStatement PreferredStockDividendsIncomeStatement
    PreferredStockEquityBalanceSheet PreferredStockIssuanceCashFlowStatement PreferredStockPaymentsCashFlowStatement
    PremierStochasticOscillator PremiumReceivedCashFlowStatement PrepaidAssetsBalanceSheet
    PretaxIncomeIncomeStatement PretaxMargin PriceScalingExtensions Prices ProceedsFromLoansCashFlowStatement
    ProceedsFromStockOptionExercisedCashFlowStatement
    ProceedsPaymentFederalFundsSoldAndSecuritiesPurchasedUnderAgreementToResellCashFlowStatement
    ProceedsPaymentInInterestBearingDepositsInBankCashFlowStatement
    ProfessionalExpenseAndContractServicesExpenseIncomeStatement ProfitMargin5YrAvg
    ProfitOnDisposalsCashFlowStatement ProjectedHoldings PropertiesBalanceSheet
    ProvisionForDoubtfulAccountsIncomeStatement ProvisionForLoanLeaseAndOtherLossesCashFlowStatement
    ProvisionandWriteOffofAssetsCashFlowStatement ProvisionsTotalBalanceSheet PublicBrokerageModel PublicFeeModel
    PublicOrderProperties PurchaseOfBusinessCashFlowStatement PurchaseOfIntangiblesCashFlowStatement
    PurchaseOfInvestmentCashFlowStatement PurchaseOfInvestmentPropertiesCashFlowStatement
    PurchaseOfJointVentureAssociateCashFlowStatement PurchaseOfPPECashFlowStatement
    PurchaseOfSubsidiariesCashFlowStatement PythonActivator PythonConsolidator PythonData PythonIndicator
    PythonInitializer PythonWrapper QCAlgorithm QLOptionPriceModel QLOptionPriceModelProvider QuickRatio QuoteBar
    QuoteBarConsolidator QuoteBars QuoteConditionFlags RBIBrokerageModel RBIFeeModel RBIOrderProperties ROA ROA5YrAvg
    ROE ROE5YrAvg ROIC RangeBar RangeConsolidator RateOfChange RateOfChangePercent RateOfChangeRatio
    RawMaterialsBalanceSheet ReadOrdersResponseJsonConverter ReaderErrorDetectedEventArgs RealTimeProvider
    RealTimeSynchronizedTimer RealizedGainLossOnSaleOfLoansAndLeaseCashFlowStatement
    ReceiptsfromCustomersCashFlowStatement ReceiptsfromGovernmentGrantsCashFlowStatement ReceivableTurnover
    ReceivablesAdjustmentsAllowancesBalanceSheet ReceivablesBalanceSheet ReconciledCostOfRevenueIncomeStatement
    ReconciledDepreciationIncomeStatement RegisteredSecurityDataTypesProvider RegressionChannel
    RegressionGrowthOperatingRevenue5Years RegressionGrowthofDividends5Years RegressionTestException
    RegulatoryAssetsBalanceSheet RegulatoryLiabilitiesBalanceSheet ReinsuranceAssetsBalanceSheet
    ReinsuranceBalancesPayableBalanceSheet ReinsuranceRecoverableBalanceSheet
    ReinsuranceRecoveriesClaimsandBenefitsIncomeStatement ReinsuranceRecoveriesofInsuranceLiabilitiesIncomeStatement
    ReinsuranceRecoveriesofInvestmentContractIncomeStatement ReinsuranceandOtherRecoveriesReceivedCashFlowStatement
    RelativeDailyVolume RelativeMovingAverage RelativeStandardDeviationVolatilityModel RelativeStrengthIndex
    RelativeVigorIndex RelativeVigorIndexSignal RenkoBar RenkoConsolidator RenkoType
    RentAndLandingFeesIncomeStatement RentExpenseSupplementalIncomeStatement
    RentandLandingFeesCostofRevenueIncomeStatement ReorganizationOtherCostsCashFlowStatement
    RepaymentInLeaseFinancingCashFlowStatement RepaymentOfDebtCashFlowStatement ReportedNormalizedBasicEPS
    ReportedNormalizedDilutedEPS RepurchaseOfCapitalStockCashFlowStatement
    ResearchAndDevelopmentExpensesSupplementalIncomeStatement ResearchAndDevelopmentIncomeStatement
    ReservedBuyingPowerForPosition ReservedBuyingPowerForPositionGroup ReservedBuyingPowerForPositionGroupParameters
    ReservedBuyingPowerForPositionParameters ReservedBuyingPowerImpact ReservedBuyingPowerImpactParameters
    ResetCompositeIndicator Resolution RestrictedCashAndCashEquivalentsBalanceSheet
    RestrictedCashAndInvestmentsBalanceSheet RestrictedCashBalanceSheet RestrictedCommonStockBalanceSheet
    RestrictedInvestmentsBalanceSheet RestructuringAndMergernAcquisitionIncomeStatement Result
    RetainedEarningsBalanceSheet RevenueGrowth Rho RickshawMan RiseFallThreeMethods
    RiskFreeInterestRateModelExtensions RiskFreeInterestRateModelPythonWrapper RiskManagementModel
    RiskManagementModelPythonWrapper RogersSatchellVolatility RollingWindow SalariesAndWagesIncomeStatement
    SaleOfBusinessCashFlowStatement SaleOfIntangiblesCashFlowStatement SaleOfInvestmentCashFlowStatement
    SaleOfInvestmentPropertiesCashFlowStatement SaleOfJointVentureAssociateCashFlowStatement
    SaleOfPPECashFlowStatement SaleOfSubsidiariesCashFlowStatement SalesPerEmployee SamcoBrokerageModel SamcoFeeModel
    ScanSettlementModelParameters ScatterChartPoint ScatterChartPointJsonConverter ScatterMarkerSymbol
    SchaffTrendCycle Schedule ScheduleManager ScheduledEvent ScheduledEventException ScheduledUniverse
    SecuritiesActivitiesIncomeStatement SecuritiesAmortizationIncomeStatement SecuritiesAndInvestmentsBalanceSheet
    SecuritiesLendingCollateralBalanceSheet SecuritiesLoanedBalanceSheet Security SecurityAgreeToBeResellBalanceSheet
    SecurityBenchmark SecurityBorrowedBalanceSheet SecurityCache SecurityCacheDataStoredEventArgs
    SecurityCacheProvider SecurityChanges SecurityChangesConstructor SecurityCurrencyConversion SecurityDataFilter
    SecurityDataFilterPythonWrapper SecurityDatabaseKey SecurityDefinition SecurityDefinitionSymbolResolver
    SecurityEventArgs SecurityExchange SecurityExchangeHours SecurityHolding SecurityHoldingQuantityChangedEventArgs
    SecurityIdentifier SecurityInitializer SecurityInitializerPythonWrapper SecurityManager SecurityMarginModel
    SecurityPortfolioManager SecurityPortfolioModel SecurityPositionGroupBuyingPowerModel SecurityPositionGroupModel
    SecurityPositionGroupResolver SecurityPriceVariationModel SecurityProviderExtensions SecurityReference
    SecuritySeeder SecurityService SecuritySoldNotYetRepurchasedBalanceSheet SecurityTransactionManager SecurityType
    SelectSymbolsUniverseDecorator SellingAndMarketingExpenseIncomeStatement
    SellingGeneralAndAdministrationIncomeStatement SeparateAccountAssetsBalanceSheet
    SeparateAccountBusinessBalanceSheet SeparatingLines SequentialConsolidator Series SeriesSampler SeriesType
    ServerType ServiceChargeOnDepositorAccountsIncomeStatement Session SessionBar SessionConsolidator
    SettlementModelPythonWrapper SettlementType ShareIssuedBalanceSheet ShareOfAssociatesCashFlowStatement
    SharpeRatio ShootingStar ShortLineCandle ShortMarginInterestRateModel ShortTermDebtIssuanceCashFlowStatement
    ShortTermDebtPaymentsCashFlowStatement ShortTermInvestmentsAvailableForSaleBalanceSheet
    ShortTermInvestmentsHeldToMaturityBalanceSheet ShortTermInvestmentsTradingBalanceSheet
    ShortableProviderPythonWrapper SignalExportManager SignalExportTargetParameters SignalExportTargetPythonWrapper
    SimpleMovingAverage Slice SliceExtensions SlippageModelPythonWrapper SmoothedOnBalanceVolume
    SocialSecurityCostsIncomeStatement SolvencyRatio SortinoRatio SpecialIncomeChargesIncomeStatement SpinningTop
    Split SplitType Splits SqueezeMomentum StaffCostsIncomeStatement StalledPattern StandardDeviation
    StandardDeviationOfReturnsVolatilityModel StartDateLimitedEventArgs Statistics StatisticsBuilder
    StatisticsResults StickSandwich Stochastic StochasticRelativeStrengthIndex
    StockBasedCompensationCashFlowStatement StockBasedCompensationIncomeStatement StockType
    StockholdersEquityBalanceSheet StockholdersEquityGrowth StopLimitOrder StopMarketOrder StoragePermissions
    StringExtensions StubsAvoidImplicitsAttribute StubsIgnoreAttribute StyleBox SubmitOrderRequest
    SubordinatedLiabilitiesBalanceSheet SubscriptionDataConfig SubscriptionDataConfigExtensions
    SubscriptionDataConfigList SubscriptionDataSource SubscriptionManager SubscriptionRequest
    SubscriptionTransportMedium Sum SuperTrend SwissArmyKnife SwissArmyKnifeTool Symbol SymbolCache
    SymbolChangedEvent SymbolChangedEvents SymbolDateRange SymbolJsonConverter SymbolProperties
    SymbolPropertiesDatabase SymbolRepresentation SymbolValueJsonConverter T3MovingAverage TDAmeritradeBrokerageModel
    TDAmeritradeFeeModel TDAmeritradeOrderProperties Takuri TangibleBookValueBalanceSheet TargetDownsideDeviation
    TastytradeBrokerageModel TastytradeFeeModel TastytradeOrderProperties TasukiGap TaxAssetsTotalBalanceSheet
    TaxEffectOfUnusualItemsIncomeStatement TaxLossCarryforwardBasicEPS TaxLossCarryforwardDilutedEPS
    TaxProvisionIncomeStatement TaxRate TaxRateForCalcsIncomeStatement TaxesAssetsCurrentBalanceSheet
    TaxesReceivableBalanceSheet TaxesRefundPaidCashFlowStatement TaxesRefundPaidDirectCashFlowStatement
    TerminalLinkBrokerageModel TerminalLinkOrderProperties Theta ThreeBlackCrows ThreeInside ThreeLineStrike
    ThreeOutside ThreeStarsInSouth ThreeWhiteSoldiers Thrusting Tick TickConsolidator TickQuoteBarConsolidator
    TickType TickerDateRange Ticks Tiingo TiingoDailyData TiingoPrice TiingoSymbolMapper Time TimeConsumer
    TimeInForce TimeInForceJsonConverter TimeKeeper TimeMonitor TimeProfile TimeRules TimeSeriesForecast
    TimeSeriesIndicator TimeUpdatedEventArgs TimeZoneOffsetProvider TimeZones
    TotalAdjustmentsforNonCashItemsCashFlowStatement TotalAssetsBalanceSheet TotalAssetsGrowth
    TotalCapitalizationBalanceSheet TotalDebtBalanceSheet TotalDebtEquityRatio TotalDebtEquityRatioGrowth
    TotalDebtInMaturityScheduleBalanceSheet TotalDeferredCreditsAndOtherNonCurrentLiabilitiesBalanceSheet
    TotalDepositsBalanceSheet TotalDividendPaymentofEquitySharesIncomeStatement
    TotalDividendPaymentofNonEquitySharesIncomeStatement TotalDividendPerShare TotalEquityAsReportedBalanceSheet
    TotalEquityBalanceSheet TotalEquityGrossMinorityInterestBalanceSheet TotalExpensesIncomeStatement
    TotalFinancialLeaseObligationsBalanceSheet TotalInvestmentsBalanceSheet TotalLiabilitiesAsReportedBalanceSheet
    TotalLiabilitiesGrowth TotalLiabilitiesNetMinorityInterestBalanceSheet TotalMoneyMarketInvestmentsIncomeStatement
    TotalNonCurrentAssetsBalanceSheet TotalNonCurrentLiabilitiesNetMinorityInterestBalanceSheet
    TotalOperatingIncomeAsReportedIncomeStatement TotalOtherFinanceCostIncomeStatement
    TotalPartnershipCapitalBalanceSheet TotalPremiumsEarnedIncomeStatement TotalRevenueAsReportedIncomeStatement
    TotalRevenueIncomeStatement TotalRiskBasedCapital TotalTaxPayableBalanceSheet
    TotalUnusualItemsExcludingGoodwillIncomeStatement TotalUnusualItemsIncomeStatement Trade
    TradeAndOtherReceivablesNonCurrentBalanceSheet TradeBar TradeBarConsolidator TradeBarConsolidatorBase
    TradeBarIndicator TradeBars TradeBuilder TradeConditionFlags TradeDirection TradeStationBrokerageModel
    TradeStationFeeModel TradeStationOrderProperties TradeStatistics TradeandOtherPayablesNonCurrentBalanceSheet
    TradierBrokerageModel TradierOrderProperties TradingAndOtherReceivableBalanceSheet TradingAssetsBalanceSheet
    TradingCalendar TradingDay TradingDayType TradingGainLossIncomeStatement TradingLiabilitiesBalanceSheet
    TradingSecuritiesBalanceSheet TradingTechnologiesBrokerageModel TradingTechnologiesOrderProperties
    TradingandFinancialLiabilitiesBalanceSheet TrailingStopOrder TreasuryBillsandOtherEligibleBillsBalanceSheet
    TreasurySharesNumberBalanceSheet TreasuryStockBalanceSheet TriangularMovingAverage TripleExponentialMovingAverage
    Tristar Trix TrueRange TrueStrengthIndex TrustFeesbyCommissionsIncomeStatement TwoCrows UltimateOscillator
    UnallocatedSurplusBalanceSheet UnbilledReceivablesBalanceSheet
    UncoveredShortQuantityOptionStrategyMatchObjectiveFunction UnderwritingExpensesIncomeStatement
    UnearnedIncomeBalanceSheet UnearnedPremiumsBalanceSheet UniqueThreeRiver Universe UniverseDecorator
    UniverseDefinitions UniverseExtensions UniverseManager UniverseManagerChanged UniversePythonWrapper
    UniverseSelectionModel UniverseSelectionModelPythonWrapper UniverseSettings UnlinkedData UnlinkedDataTradeBar
    UnmatchedPositionCountOptionStrategyMatchObjectiveFunction UnpaidLossAndLossReserveBalanceSheet
    UnrealizedGainLossBalanceSheet UnrealizedGainLossOnInvestmentSecuritiesCashFlowStatement
    UnrealizedGainsLossesOnDerivativesCashFlowStatement UnsettledCashAmount UpDownGapThreeMethods UpdateOrderFields
    UpdateOrderRequest UpsideGapTwoCrows UserDefinedUniverse VBaseSignalExport ValuationRatios ValueAtRisk
    VariableIndexDynamicAverage Variance Vega VolatilityModel VolatilityModelExtensions VolatilityModelPythonWrapper
    VolumeProfile VolumeRenkoBar VolumeRenkoConsolidator VolumeShareSlippageModel VolumeWeightedAveragePriceIndicator
    VolumeWeightedMovingAverage Vortex WagesandSalariesIncomeStatement WaterProductionBalanceSheet
    WaveTrendOscillator WebullBrokerageModel WebullFeeModel WebullOrderProperties WickedRenkoConsolidator
    WilderAccumulativeSwingIndex WilderMovingAverage WilderSwingIndex WilliamsPercentR WindowBase WindowIdentity
    WindowIndicator WolverineBrokerageModel WolverineFeeModel WolverineOrderProperties WorkInProcessBalanceSheet
    WorkingCapitalBalanceSheet WorkingCapitalTurnoverRatio WriteOffIncomeStatement WritePolicy
    ZeroLagExponentialMovingAverage ZerodhaBrokerageModel ZerodhaFeeModel ZigZag
    """.split()  # noqa: SIM905 - a list of this length would be unreadable
)
"""Classes and enumerations that LEAN's `AlgorithmImports` brings into a strategy."""
